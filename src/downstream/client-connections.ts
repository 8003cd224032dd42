import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { afterTurns, isIdle } from './turns.ts'

/** The connections of clients, for a drain: which of them have a request in flight, and which can be ended. */
export class ClientConnections {
  readonly #clock: Clock
  readonly #upgraded: ReadonlySet<Socket>
  /** When each was accepted. */
  readonly #acceptedAt = new Map<Socket, number>()

  /** `upgraded`: those that have left HTTP. */
  constructor (server: Server, upgraded: ReadonlySet<Socket>, clock: Clock) {
    this.#clock = clock
    this.#upgraded = upgraded
    server.on('connection', (socket: Socket) => {
      this.#acceptedAt.set(socket, clock.now())
      socket.once('close', () => { this.#acceptedAt.delete(socket) })
    })
  }

  /** How many have no request in flight; a head that is not whole is none. */
  get idle (): number {
    return this.#count((socket) => this.#isIdle(socket))
  }

  /** How many have a request in flight, or are tunnels. */
  get busy (): number {
    return this.#count((socket) => !this.#isIdle(socket))
  }

  /** Ends those that have brought no byte for so long: they were opened ahead, as browsers do. */
  endUnused (unusedForMs: number): void {
    const before = this.#clock.now() - unusedForMs
    for (const [socket, acceptedAt] of this.#acceptedAt) if (socket.bytesRead === 0 && acceptedAt <= before) this.#end(socket)
  }

  /** Ends those without a request in flight now, and the others when it is answered. */
  endWhenIdle (): void {
    for (const socket of this.#acceptedAt.keys()) if (!this.#upgraded.has(socket)) afterTurns(socket, () => { this.#end(socket) })
  }

  /** Cuts all of them. */
  cut (): void {
    for (const socket of this.#acceptedAt.keys()) this.#end(socket)
  }

  #end (socket: Socket): void {
    this.#acceptedAt.delete(socket)
    socket.destroy()
  }

  #isIdle (socket: Socket): boolean {
    return !this.#upgraded.has(socket) && isIdle(socket)
  }

  #count (condition: (socket: Socket) => boolean): number {
    let count = 0
    for (const socket of this.#acceptedAt.keys()) if (condition(socket)) count++
    return count
  }
}
