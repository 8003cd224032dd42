import { Agent } from 'node:http'
import { call, type Call } from './call.ts'
import { workMs, type Clients } from './clients.ts'

/** GETs that come at an even pace whatever became of the ones before: 32 clients that all wait would show no traffic at all. */
export function startArrivals (port: number, everyMs: number): Clients {
  const agent = new Agent({ keepAlive: true })
  const calls: Call[] = []
  const running = new Set<Promise<void>>()
  const timer = setInterval(() => {
    const arrival = call({ port, agent, method: 'GET', workMs }).then((done) => {
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
      agent.destroy()
      return calls
    }
  }
}
