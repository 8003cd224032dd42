import { setTimeout as pause } from 'node:timers/promises'
import { call } from '../clients/call.ts'
import { clientCount } from '../clients/clients.ts'
import { openConnections } from '../clients/connections.ts'
import { openTunnel } from '../clients/tunnel.ts'
import { durationOf, kindsOf, partsOf } from '../counters/counts.ts'
import { commonFigures, failedGets } from '../counters/figures.ts'
import { getClients, type Figure, type Scenario, type Stage } from './scenario.ts'

export const gatewayEnd: Scenario = {
  title: 'SIGTERM to the gateway',
  story: 'The gateway is shut down gracefully, with the signal from its manual, while 32 requests of 1 s are in flight, ' +
    '32 clients continue, and a tunnel stays open. Requests in flight have 3 s.',
  run
}

const longWorkMs = 1000

/**
 * Who finds the gateway's door closed has lost nothing: the next one serves. REFUSED_STREAM says the same of a request that
 * crossed a GOAWAY: it was not processed (RFC 9113 section 8.7).
 */
const turnedAway = ['ECONNREFUSED', 'reset 7']

/** For the program itself to end. */
const slackMs = 1000

async function run (stage: Stage): Promise<Figure[]> {
  const { gateway, settings } = stage
  const tunnel = await openTunnel(gateway.port)
  const ways = gateway.protocols.map((protocol) => openConnections(protocol, gateway))
  const clients = getClients(stage)
  await pause(300)
  const long = Array.from({ length: clientCount }, (_, number) =>
    call({ connections: ways[number % ways.length]!, method: 'GET', workMs: longWorkMs }))
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
  for (const connections of ways) connections.close()
  const goingOn = (await going).filter(({ failure }) => failure === undefined || !turnedAway.includes(failure))
  const lost = goingOn.filter(({ failure }) => failure !== undefined)
  return [
    { ...failedGets(inFlight), what: 'failed requests among those in flight' },
    { what: 'the longest of them in flight', value: Math.max(...inFlight.map(durationOf)), unit: 'ms' },
    ...commonFigures(goingOn),
    { what: 'lost by the clients that continue', value: lost.length, atMost: 0, parts: partsOf(lost), detail: kindsOf(lost) },
    { what: 'the tunnel dies before the time is over', value: echoes ? 0 : 1, atMost: 0 },
    { what: 'ended after', value: endedAt - askedAt, unit: 'ms', atMost: settings.shutdownTimeoutMs + slackMs },
    { what: 'exit code', value: typeof code === 'number' ? code : NaN, atMost: 0 }
  ]
}
