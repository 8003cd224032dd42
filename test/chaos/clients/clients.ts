import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { call, type Call } from './call.ts'

export interface ClientsOptions {
  readonly port: number
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

/** 32 clients, each with one connection that it keeps; each sends its next request when the last one was answered. */
export function startClients ({ port, methods }: ClientsOptions): Clients {
  const calls: Call[] = []
  const ending = new AbortController()

  async function run (first: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let turn = first; !ending.signal.aborted; turn++) {
      const method = methods[turn % methods.length] as 'GET' | 'POST'
      const done = await call({ port, agent, method, workMs })
      calls.push(done)
      await pause(Math.max(0, done.startedAt + leastPeriodMs - performance.now()))
    }
    agent.destroy()
  }
  const running = Promise.all(Array.from({ length: clientCount }, (_, number) => run(number)))

  return {
    calls,
    async stop () {
      ending.abort()
      await running
      return calls
    }
  }
}
