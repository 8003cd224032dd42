import { setTimeout as pause } from 'node:timers/promises'
import type { Clients } from '../clients/clients.ts'
import { commonFigures, failedGets, postFigures } from '../counters/figures.ts'
import { backAfterMs } from '../counters/traffic.ts'
import { getClients, mixedClients, type Figure, type Scenario, type Stage } from './scenario.ts'

const downMs = 1000
const upMs = 1000

const story = 'One backend after the other gets SIGKILL, one every 2 s, and is restarted a second later.'

export const killGet: Scenario = {
  title: 'kill, GET',
  story,
  isLeftOutOfShort: true,
  run: (stage) => run(stage, getClients(stage))
}

export const killPost: Scenario = {
  title: 'kill, half POST',
  story: `${story} Every second request is a POST.`,
  run: async (stage) => {
    const clients = mixedClients(stage)
    const figures = await run(stage, clients)
    return [...figures, ...postFigures(clients.calls, stage.fleet)]
  }
}

async function run ({ fleet, ms }: Stage, clients: Clients): Promise<Figure[]> {
  const restarts: Array<{ backend: string, at: number }> = []
  const kills = ms(6, 2)
  for (let turn = 0; turn < kills; turn++) {
    const member = fleet.members[turn % fleet.members.length]!
    await pause(turn === 0 ? ms(upMs, 400) : upMs)
    await member.kill()
    await pause(ms(downMs, 600))
    await member.start()
    restarts.push({ backend: member.name, at: performance.now() })
  }
  await pause(ms(11_000, 600))
  const calls = await clients.stop()
  const recoveries = restarts.map(({ backend, at }) => backAfterMs(calls, backend, at, fleet.members.length))
  return [
    failedGets(calls),
    ...commonFigures(calls),
    { what: 'longest time until a restarted backend has traffic again', value: Math.max(...recoveries), unit: 'ms' }
  ]
}
