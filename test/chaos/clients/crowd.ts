import { setTimeout as pause } from 'node:timers/promises'
import { call, type Call } from './call.ts'
import { workMs } from './clients.ts'
import { openConnections, type Connections, type Ports } from './connections.ts'
import type { Protocol } from './protocols.ts'
import { isIn, watchStandstills, type Standstill } from './standstills.ts'
import { upload } from './upload.ts'
import { keepEchoing, type WebSocketRecord } from './web-socket.ts'

/** What a crowd has seen. */
export interface Seen {
  readonly calls: readonly Call[]
  readonly webSockets: readonly WebSocketRecord[]
  /** Of the clients' process. What was under way then is in neither of the lists above. */
  readonly standstills: readonly Standstill[]
}

export interface Crowd {
  /** Lets what is in flight end. */
  stop (): Promise<Seen>
}

/** By each protocol. */
const counts = { kept: 4, fresh: 2, uploads: 1 } as const

const webSocketCount = 8

/** Of one client, from the start of a request to the start of the next. */
const leastPeriodMs = 100

/**
 * Clients of all kinds, each with connections that it shares with nobody, so that all processes have some: those that keep their
 * connection and those that open a new one for each request send GETs and POSTs in turn, others upload, and others have WebSockets.
 */
export function startCrowd (ports: Ports, protocols: readonly Protocol[]): Crowd {
  const calls: Call[] = []
  const webSockets: WebSocketRecord[] = []
  const ways: Connections[] = []
  const ending = new AbortController()
  const endWatch = watchStandstills()

  async function run (connections: Connections, next: (turn: number) => Promise<Call>): Promise<void> {
    ways.push(connections)
    for (let turn = 0; !ending.signal.aborted; turn++) {
      const done = await next(turn)
      calls.push(done)
      await pause(Math.max(0, done.startedAt + leastPeriodMs - performance.now()))
    }
  }

  async function asks (protocol: Protocol, isKept: boolean): Promise<void> {
    const connections = openConnections(protocol, ports, isKept)
    await run(connections, (turn) => call({ connections, method: turn % 2 === 0 ? 'GET' : 'POST', workMs }))
  }

  async function uploads (protocol: Protocol): Promise<void> {
    const connections = openConnections(protocol, ports)
    await run(connections, () => upload(connections))
  }

  const running = Promise.all([
    ...protocols.flatMap((protocol) => [
      ...Array.from({ length: counts.kept }, () => asks(protocol, true)),
      ...Array.from({ length: counts.fresh }, () => asks(protocol, false)),
      ...Array.from({ length: counts.uploads }, () => uploads(protocol))
    ]),
    ...Array.from({ length: webSocketCount }, () => keepEchoing(ports.port, ending.signal, webSockets))
  ])

  return {
    async stop () {
      ending.abort()
      await running
      for (const connections of ways) connections.close()
      const standstills = endWatch()
      const isSound = ({ startedAt, endedAt }: { startedAt: number, endedAt: number }): boolean => !isIn(standstills, startedAt, endedAt)
      return {
        calls: calls.filter(isSound),
        webSockets: webSockets.filter(({ why, openedAt, endedAt }) => why === 'stopped' || isSound({ startedAt: openedAt, endedAt })),
        standstills
      }
    }
  }
}
