import { setTimeout as pause } from 'node:timers/promises'
import { startArrivals } from '../clients/arrivals.ts'
import { durationOf } from '../counters/counts.ts'
import { commonFigures, failedGets } from '../counters/figures.ts'
import { begunIn, isSlow, normalAfterMs } from '../counters/traffic.ts'
import type { PeerSettings } from '../peers/peer.ts'
import { getClients, type Figure, type Scenario, type Stage } from './scenario.ts'

/** As often comes a request that waits for none of the others. */
const arrivalMs = 10

/**
 * A frozen backend accepts connections, since the system does that for it, and says nothing. Whether traffic is normal again
 * is told by requests that come at an even pace: of the 32 clients, all soon wait.
 */
export function freeze (strategy: PeerSettings['strategy']): Scenario {
  return {
    title: `freeze, ${strategy}`,
    story: 'One backend gets SIGSTOP, and SIGCONT 5 s later. In addition to the clients, a request arrives every 10 ms.',
    strategy,
    run
  }
}

async function run (stage: Stage): Promise<Figure[]> {
  const { fleet, gateway, ms } = stage
  const [member] = fleet.members
  const clients = getClients(stage)
  const arrivals = startArrivals(gateway, gateway.protocols, arrivalMs)
  await pause(ms(2000, 500))
  const frozenAt = performance.now()
  member.freeze()
  await pause(ms(5000, 4000))
  member.thaw()
  await pause(ms(2000, 500))
  const calls = [...await clients.stop(), ...await arrivals.stop()]
  const slow = calls.filter(isSlow)
  return [
    failedGets(calls),
    ...commonFigures(calls),
    { what: 'slow requests started before the freeze', value: begunIn(slow, 0, frozenAt).length },
    { what: 'slow requests started after it', value: begunIn(slow, frozenAt).length },
    { what: 'the longest of them', value: Math.max(0, ...slow.map(durationOf)), unit: 'ms' },
    { what: 'traffic is normal again after', value: normalAfterMs(arrivals.calls, frozenAt), unit: 'ms', atMost: 3000 }
  ]
}
