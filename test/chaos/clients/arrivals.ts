import { call, type Call } from './call.ts'
import { workMs, type Clients } from './clients.ts'
import { openConnections, type Ports } from './connections.ts'
import type { Protocol } from './protocols.ts'

/**
 * GETs that come at an even pace whatever became of the ones before, by one protocol after the other: 32 clients that all wait
 * would show no traffic at all.
 */
export function startArrivals (ports: Ports, protocols: readonly Protocol[], everyMs: number): Clients {
  const ways = protocols.map((protocol) => openConnections(protocol, ports))
  const calls: Call[] = []
  const running = new Set<Promise<void>>()
  let turn = 0
  const timer = setInterval(() => {
    const connections = ways[turn++ % ways.length]!
    const arrival = call({ connections, method: 'GET', workMs }).then((done) => {
      calls.push(done)
      running.delete(arrival)
    })
    running.add(arrival)
  }, everyMs)

  return {
    calls,
    async stop () {
      clearInterval(timer)
      await Promise.all(running)
      for (const connections of ways) connections.close()
      return calls
    }
  }
}
