import { ServerResponse, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Upgrade } from './forwarder.ts'
import { answerClientError } from './client-error.ts'
import { MethodNotAllowedError } from '../errors.ts'
import { afterTurns, isIdle } from './turns.ts'

const kUpgrade = Symbol('upgrade')

interface UpgradeRequest extends IncomingMessage {
  [kUpgrade]?: Upgrade
}

/** The connection that this request wants to take out of HTTP, if it does. */
export function upgradeOf (req: UpgradeRequest): Upgrade | undefined {
  return req[kUpgrade]
}

/** What a client sends behind an upgrade until its turn has come: Node lets a socket flow whether anybody listens or not. */
class EarlyBytes {
  readonly #socket: Socket
  readonly #pieces: Buffer[]
  #hasEnded = false

  constructor (socket: Socket, early: Buffer) {
    this.#socket = socket
    this.#pieces = [early]
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
  }

  stop (): { early: Buffer, hasEnded: boolean } {
    this.#socket.off('data', this.#onData)
    this.#socket.off('end', this.#onEnd)
    // Neither flowing nor paused, as Node hands it over: what comes next waits for the next listener.
    Object.assign(this.#socket, { readableFlowing: null })
    return { early: Buffer.concat(this.#pieces), hasEnded: this.#hasEnded }
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#pieces.push(bytes)
    if (this.#pieces.length > maxPieces) this.#socket.destroy()
  }

  readonly #onEnd = (): void => { this.#hasEnded = true }
}

/** Nobody sends so much, in pieces of up to 64 KiB, to a side that has not agreed to anything yet. */
const maxPieces = 100

/**
 * Makes upgrades requests like others: `route` gets them with a response to answer, so that hooks run. Returns the sockets
 * that have left HTTP; the server does not know them any more, so whoever ends the server must end them.
 */
export function routeUpgrades (server: Server, route: (req: IncomingMessage, res: ServerResponse) => void): Set<Socket> {
  const sockets = new Set<Socket>()
  server.on('upgrade', (req: UpgradeRequest, socket: Socket, early: Buffer) => {
    sockets.add(socket)
    // From here on the server listens to nothing of this socket; an error without a listener would end the process.
    socket.on('error', () => { socket.destroy() })
    socket.once('close', () => { sockets.delete(socket) })
    if (isIdle(socket)) return begin(req, { socket, early, hasEnded: false })
    const listening = new EarlyBytes(socket, early)
    afterTurns(socket, () => { begin(req, { socket, ...listening.stop() }) })
  })
  server.on('connect', (_req: IncomingMessage, socket: Socket) => {
    socket.on('error', () => { socket.destroy() })
    answerClientError(new MethodNotAllowedError(), socket)
  })
  return sockets

  function begin (req: UpgradeRequest, upgrade: Upgrade): void {
    const { socket } = upgrade
    req[kUpgrade] = upgrade
    // That of an idle connection, which Node has set after an answer just now.
    socket.setTimeout(0)
    const res = new ServerResponse(req)
    res.shouldKeepAlive = false
    res.assignSocket(socket)
    socket.on('drain', () => { if (res.writableNeedDrain) res.emit('drain') })
    res.once('finish', () => { socket.destroySoon() })
    route(req, res)
  }
}
