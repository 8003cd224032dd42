import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { call } from '../clients/call.ts'
import { clientCount } from '../clients/clients.ts'
import { openTunnel } from '../clients/tunnel.ts'
import { durationOf, kindsOf } from '../counters/counts.ts'
import { commonFigures, failedGets } from '../counters/figures.ts'
import { getClients, type Figure, type Scenario, type Stage } from './scenario.ts'

export const gatewayEnd: Scenario = {
  title: 'SIGTERM to the gateway',
  story: 'The gateway is shut down gracefully, with the signal from its manual, while 32 requests of 1 s are in flight, ' +
    '32 clients continue, and a tunnel stays open. Requests in flight have 3 s.',
  run
}

const longWorkMs = 1000

/** For the program itself to end. */
const slackMs = 1000

async function run (stage: Stage): Promise<Figure[]> {
  const { gateway, settings } = stage
  const tunnel = await openTunnel(gateway.port)
  const agent = new Agent({ keepAlive: true })
  const clients = getClients(stage)
  await pause(300)
  const long = Array.from({ length: clientCount }, () => call({ port: gateway.port, agent, method: 'GET', workMs: longWorkMs }))
  await pause(longWorkMs / 2)
  const askedAt = performance.now()
  const ended = gateway.drain()
  await pause(200)
  const echoes = await tunnel.echoes('still there?')
  const inFlight = await Promise.all(long)
  const going = clients.stop()
  const code = await ended
  const endedAt = performance.now()
  tunnel.close()
  agent.destroy()
  // Who finds the gateway's door closed has lost nothing: the next one serves.
  const goingOn = (await going).filter(({ failure }) => failure !== 'ECONNREFUSED')
  const lost = goingOn.filter(({ failure }) => failure !== undefined)
  return [
    { ...failedGets(inFlight), what: 'failed requests among those in flight' },
    { what: 'the longest of them in flight', value: Math.max(...inFlight.map(durationOf)), unit: 'ms' },
    ...commonFigures(goingOn),
    { what: 'lost by the clients that continue', value: lost.length, atMost: 0, detail: kindsOf(lost) },
    { what: 'the tunnel dies before the time is over', value: echoes ? 0 : 1, atMost: 0 },
    { what: 'ended after', value: endedAt - askedAt, unit: 'ms', atMost: settings.shutdownTimeoutMs + slackMs },
    { what: 'exit code', value: typeof code === 'number' ? code : NaN, atMost: 0 }
  ]
}
