import { setTimeout as pause } from 'node:timers/promises'
import { percentileMs } from '../counters/counts.ts'
import { commonFigures } from '../counters/figures.ts'
import { begunIn, endedIn, firstGoodAfterMs } from '../counters/traffic.ts'
import { getClients, type Figure, type Scenario, type Stage } from './scenario.ts'

export const allDown: Scenario = {
  title: 'all down and back',
  story: 'All three backends get SIGKILL; 8 s later the first one is restarted, and 3 s after it the others.',
  run
}

/** What was in flight is answered in another way. The short form allows for a machine that is busy with more. */
const settlingMs = 100

async function run (stage: Stage): Promise<Figure[]> {
  const { fleet, ms } = stage
  const [first, ...others] = fleet.members
  const clients = getClients(stage)
  await pause(ms(2000, 400))
  await Promise.all(fleet.members.map((member) => member.kill()))
  const downAt = performance.now()
  await pause(ms(8000, 2500))
  const startedAt = performance.now()
  await first.start()
  const backAt = performance.now()
  await pause(ms(3000, 1200))
  await Promise.all(others.map((member) => member.start()))
  await pause(ms(3000, 300))
  const calls = await clients.stop()
  const refused = begunIn(endedIn(calls, downAt, Infinity), downAt + settlingMs, startedAt - settlingMs)
  return [
    ...commonFigures(calls),
    { what: 'p99 of responses while all are down', value: percentileMs(refused, 99), unit: 'ms', atMost: ms(50, 100) },
    { what: 'the slowest of them', value: percentileMs(refused, 100), unit: 'ms' },
    { what: 'first success after the first backend is back', value: firstGoodAfterMs(calls, backAt), unit: 'ms', atMost: 1000 }
  ]
}
