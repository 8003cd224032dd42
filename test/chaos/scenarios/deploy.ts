import { setTimeout as pause } from 'node:timers/promises'
import { commonFigures, failedGets, postFigures } from '../counters/figures.ts'
import { mixedClients, type Figure, type Scenario, type Stage } from './scenario.ts'

/** One after the other leaves as a good citizen does, and its successor is given time to be seen. */
export const deploy: Scenario = {
  title: 'rolling deploy, half POST',
  story: 'One backend after the other gets SIGTERM: /health turns 503, and connections are closed after each response; ' +
    '3 s later it stops listening, finishes its requests and ends. ' +
    'Its successor starts at once, and 8 s later the next one follows.',
  run
}

async function run (stage: Stage): Promise<Figure[]> {
  const { fleet, ms } = stage
  const clients = mixedClients(stage)
  for (const member of fleet.members) {
    await pause(ms(8000, 300))
    await member.leave()
    await member.start()
  }
  await pause(ms(3000, 500))
  const calls = await clients.stop()
  return [failedGets(calls), ...commonFigures(calls), ...postFigures(calls, fleet)]
}
