import { setTimeout as pause } from 'node:timers/promises'
import { call, type Call } from './call.ts'
import { openConnections, type Connections, type Ports } from './connections.ts'
import type { Protocol } from './protocols.ts'

export interface ClientsOptions {
  readonly ports: Ports
  /** Each has an equal share of the clients. */
  readonly protocols: readonly Protocol[]
  /** GETs, or GETs and POSTs in turn. */
  readonly methods: readonly ('GET' | 'POST')[]
}

export interface Clients {
  /** What has ended so far, in the order of the ends. */
  readonly calls: readonly Call[]
  /** Lets what is in flight end. Resolves with all calls. */
  stop (): Promise<readonly Call[]>
}

export const clientCount = 32
export const workMs = 20

/** Of one client, from the start of a request to the start of the next: a refusal must not make it a flood. */
const leastPeriodMs = 20

/**
 * 32 clients; each sends its next request when the last one was answered. By HTTP/1.1 each has one connection, that it keeps;
 * by HTTP/2 all share one, so that their requests are under way on it side by side.
 */
export function startClients ({ ports, protocols, methods }: ClientsOptions): Clients {
  const ways = protocols.map((protocol) => openConnections(protocol, ports))
  const calls: Call[] = []
  const ending = new AbortController()

  async function run (connections: Connections, first: number): Promise<void> {
    for (let turn = first; !ending.signal.aborted; turn++) {
      const method = methods[turn % methods.length] as 'GET' | 'POST'
      const done = await call({ connections, method, workMs })
      calls.push(done)
      await pause(Math.max(0, done.startedAt + leastPeriodMs - performance.now()))
    }
  }
  // The first method of a client changes with each round of the protocols, so that each comes by all of them.
  const running = Promise.all(Array.from({ length: clientCount }, (_, number) =>
    run(ways[number % ways.length]!, Math.floor(number / ways.length))))

  return {
    calls,
    async stop () {
      ending.abort()
      await running
      for (const connections of ways) connections.close()
      return calls
    }
  }
}
