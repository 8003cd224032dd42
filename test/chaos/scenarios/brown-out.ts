import { setTimeout as pause } from 'node:timers/promises'
import { clientCount } from '../clients/clients.ts'
import { failedOf } from '../counters/counts.ts'
import { commonFigures } from '../counters/figures.ts'
import { backAfterMs, begunIn } from '../counters/traffic.ts'
import { getClients, type Figure, type Scenario, type Stage } from './scenario.ts'

export const brownOut: Scenario = {
  title: 'brown-out',
  story: 'For 8 s one backend responds with 500 to every request, but with 200 to its health check.',
  watchesAnswers: true,
  run
}

/** What was in flight when it was taken out, and a few requests that tried whether it was well again. */
const triesAllowed = 3

const patienceMs = 25_000

async function run (stage: Stage): Promise<Figure[]> {
  const { fleet, settings, ms } = stage
  const [member] = fleet.members
  const clients = getClients(stage)
  await pause(ms(2000, 400))
  const brokenAt = performance.now()
  member.order({ answers: 'with-500' })
  await pause(ms(8000, 1500))
  const mendedAt = performance.now()
  member.order({ answers: 'well' })

  const isBackAfter = (): number => backAfterMs(clients.calls, member.name, mendedAt, fleet.members.length)
  while (isBackAfter() === Infinity && performance.now() < mendedAt + patienceMs) await pause(500)
  const calls = await clients.stop()
  const failed = failedOf(calls, 'GET')
  return [
    { what: 'failed GETs', value: failed.length, atMost: settings.outlierFailures + clientCount + triesAllowed },
    {
      what: 'of these, started more than 1 s after the brown-out began',
      value: begunIn(failed, brokenAt + 1000).length,
      atMost: triesAllowed
    },
    ...commonFigures(calls),
    {
      what: 'the backend has traffic again after its recovery',
      value: backAfterMs(calls, member.name, mendedAt, fleet.members.length),
      unit: 'ms',
      atMost: 15_000
    }
  ]
}
