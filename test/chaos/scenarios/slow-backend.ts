import { setTimeout as pause } from 'node:timers/promises'
import { commonFigures, failedGets } from '../counters/figures.ts'
import { endedIn, shareOf } from '../counters/traffic.ts'
import type { PeerSettings } from '../peers/peer.ts'
import { getClients, type Figure, type Scenario, type Stage } from './scenario.ts'

/** `isHeld`: it is wanted of this strategy that the slow one gets under half of its share. */
export function slowBackend (strategy: PeerSettings['strategy'], isHeld: boolean): Scenario {
  return {
    title: `slow backend, ${strategy}`,
    story: 'One backend takes 200 ms longer than the other two, which take 20 ms.',
    strategy,
    ...(!isHeld && { isLeftOutOfShort: true as const }),
    run: (stage) => run(stage, isHeld)
  }
}

async function run (stage: Stage, isHeld: boolean): Promise<Figure[]> {
  const { fleet, ms } = stage
  const [member] = fleet.members
  member.order({ delayMs: 200 })
  const clients = getClients(stage)
  await pause(ms(1500, 600))
  const settledAt = performance.now()
  await pause(ms(4000, 1000))
  const calls = await clients.stop()
  const settled = endedIn(calls, settledAt)
  const percentOfFair = shareOf(settled, member.name) * fleet.members.length * 100
  return [
    failedGets(calls),
    ...commonFigures(settled),
    { what: 'percentage of its fair share', value: percentOfFair, unit: '%', ...(isHeld && { atMost: 50 }) }
  ]
}
