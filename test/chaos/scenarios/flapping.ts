import { setTimeout as pause } from 'node:timers/promises'
import { commonFigures, failedGets } from '../counters/figures.ts'
import { endedIn, shareOf } from '../counters/traffic.ts'
import { getClients, type Figure, type Scenario, type Stage } from './scenario.ts'

export const flapping: Scenario = {
  title: 'flapping health check',
  story: 'One backend responds to its health check with 503 and 200 in turn, and to everything else with 200.',
  run
}

async function run (stage: Stage): Promise<Figure[]> {
  const { fleet, ms } = stage
  const [member] = fleet.members
  const clients = getClients(stage)
  member.order({ health: 'flapping' })
  const since = performance.now()
  await pause(ms(10_000, 1700))
  const calls = await clients.stop()
  const percentOfFair = shareOf(endedIn(calls, since), member.name) * fleet.members.length * 100
  return [
    failedGets(calls),
    ...commonFigures(calls),
    { what: 'percentage of its fair share', value: percentOfFair, unit: '%' }
  ]
}
