import { setTimeout as pause } from 'node:timers/promises'
import type { Fleet } from '../backend/fleet.ts'
import type { Call } from '../clients/call.ts'
import { startCrowd, type Crowd, type Seen } from '../clients/crowd.ts'
import { isGood, kindsOf, partsOf } from '../counters/counts.ts'
import { endedBeforeTheirTime, notCutByKills, notEndedByKills, type WorkerKill } from '../counters/cuts.ts'
import { commonFigures, postFigures } from '../counters/figures.ts'
import { seenTwice } from '../counters/posts.ts'
import type { WebSocketRecord } from '../clients/web-socket.ts'
import { pointNodeAt } from '../peers/evenkeel.ts'
import type { Member } from '../peers/family.ts'
import { isAlive, sendTo } from '../processes.ts'
import type { Figure, Scenario, Stage } from './scenario.ts'

const workers = 2

const clients = 'Clients keep their connections or open one for each request, upload a MiB at a time, and have WebSockets that echo.'

/** Between two kills, in ms: at random between these. */
const killPause = { least: 200, most: 4000 }

export const killWorkers: Scenario = {
  title: 'kill workers and control',
  story: 'For ten minutes, control or a worker of a gateway of two workers gets SIGKILL, at random, every 0.2 to 4 s, but never the ' +
    'last worker that is ready. ' +
    clients,
  workers,
  run: (stage) => withCrowd(stage, async (crowd) => {
    const { gateway: { family }, ms } = stage
    const kills: Array<WorkerKill & { readonly role: string }> = []
    const mayDie = (member: Member, living: readonly Member[]): boolean =>
      member.role === 'control' || living.filter(({ role }) => role === 'worker').length > 1
    const end = performance.now() + ms(600_000, 5000)
    while (performance.now() < end) {
      await pause(killPause.least + Math.random() * ms(killPause.most - killPause.least, 1000))
      const living = family.living()
      const victims = living.filter((member) => mayDie(member, living))
      const victim = victims[Math.floor(Math.random() * victims.length)]
      if (victim !== undefined) kills.push({ role: victim.role, ...await kill(victim.pid) })
    }
    await family.isWhole(workers)
    await pause(500)
    const seen = await crowd.stop()
    const workerKills = kills.filter(({ role }) => role === 'worker')
    const failed = seen.calls.filter((call) => !isGood(call))
    const others = notCutByKills(failed, seen.calls, workerKills)
    const ended = notEndedByKills(seen.webSockets, workerKills)
    return [
      { what: 'workers killed', value: workerKills.length },
      { what: 'controls killed', value: kills.length - workerKills.length },
      { what: 'requests cut in a killed worker', value: failed.length - others.length, parts: partsOf(failed), detail: kindsOf(failed) },
      {
        what: 'requests that failed otherwise',
        value: others.length,
        atMost: 0,
        parts: partsOf(others),
        detail: sinceTheKill(others, kills)
      },
      ...figuresOf(seen, stage.fleet),
      { what: 'WebSockets that ended with a killed worker', value: endedOf(seen.webSockets).length - ended.length },
      { what: 'WebSockets that ended otherwise', value: ended.length, atMost: 0, detail: reasonsOf(ended) }
    ]
  })
}

export const reload: Scenario = {
  title: 'SIGHUP',
  story: `A gateway of two workers gets SIGHUP ten times, and replaces all its processes each time. ${clients}`,
  workers,
  isLeftOutOfShort: true,
  run: (stage) => replace(stage, stage.ms(10, 1), () => stage.gateway.family.reload())
}

export const upgrade: Scenario = {
  title: 'SIGUSR2',
  story: 'A gateway of two workers gets SIGUSR2 five times: another supervisor takes over, from the third on with the Node.js that ' +
    `NEXT_NODE names, if it does. ${clients}`,
  workers,
  isLeftOutOfShort: true,
  run: (stage) => replace(stage, stage.ms(5, 1), async (turn) => {
    const next = process.env['NEXT_NODE']
    if (turn === 2 && next !== undefined) pointNodeAt(stage.gateway.folder, next)
    return await stage.gateway.family.upgrade()
  })
}

/** Replaces processes `times` times, under load. */
async function replace (stage: Stage, times: number, once: (turn: number) => Promise<number>): Promise<Figure[]> {
  return await withCrowd(stage, (crowd) => replaceUnder(crowd, stage, times, once))
}

async function replaceUnder (
  crowd: Crowd, stage: Stage, times: number, once: (turn: number) => Promise<number>
): Promise<Figure[]> {
  const { gateway: { family }, settings: { shutdownTimeoutMs }, fleet } = stage
  const askedAt: number[] = []
  const durations: number[] = []
  for (let turn = 0; turn < times; turn++) {
    await pause(500 + Math.random() * 500)
    askedAt.push(performance.now())
    durations.push(await once(turn))
  }
  // The last ones have their time to drain.
  await pause(shutdownTimeoutMs + 1000)
  const left = family.living().length - workers - 1
  const seen = await crowd.stop()
  const failed = seen.calls.filter((call) => !isGood(call))
  const ended = endedBeforeTheirTime(seen.webSockets, askedAt, shutdownTimeoutMs)
  return [
    { what: 'times replaced', value: times },
    { what: 'the longest took', value: Math.max(...durations), unit: 'ms' },
    {
      what: 'failed requests',
      value: failed.length,
      atMost: 0,
      parts: partsOf(failed),
      detail: failed.slice(0, 10).map((call) => `${inDetail(call)}, begun ${sinceLast(askedAt, call)} ms after the signal`).join(', ')
    },
    ...figuresOf(seen, fleet),
    { what: 'WebSockets that ended when the time to drain was over', value: endedOf(seen.webSockets).length - ended.length },
    { what: 'WebSockets that ended otherwise', value: ended.length, atMost: 0, detail: reasonsOf(ended) },
    { what: 'old processes that have not ended', value: left, atMost: 0 }
  ]
}

/** The clients end with it, also when it breaks. */
async function withCrowd ({ gateway }: Stage, run: (crowd: Crowd) => Promise<Figure[]>): Promise<Figure[]> {
  const crowd = startCrowd(gateway, gateway.protocols)
  try {
    return await run(crowd)
  } finally {
    await crowd.stop()
  }
}

/** Resolves when the process is gone. */
async function kill (pid: number): Promise<WorkerKill> {
  const at = performance.now()
  sendTo(pid, 'SIGKILL')
  while (isAlive(pid)) await pause(5)
  return { at, goneAt: performance.now() }
}

function figuresOf ({ calls, webSockets, standstills }: Seen, fleet: Fleet): Figure[] {
  const longest = calls.filter(isGood).reduce((longest, { startedAt, endedAt }) => Math.max(longest, endedAt - startedAt), 0)
  return [
    ...commonFigures(calls),
    { what: 'longest request that was answered', value: longest, unit: 'ms' },
    ...postFigures(calls, fleet).filter(({ what }) => what === 'POSTs executed twice'),
    { what: 'requests that backends have seen twice', value: seenTwice(fleet.posts()).length, atMost: 0 },
    { what: 'WebSockets', value: webSockets.length },
    {
      what: 'times that the clients stood still for 2 s or more',
      value: standstills.length,
      detail: standstills.map(({ from, to }) => `${Math.round(to - from)} ms`).join(', ')
    },
    { what: 'messages that they echoed', value: webSockets.reduce((sum, { echoes }) => sum + echoes, 0) }
  ]
}

function inDetail (call: Call): string {
  const connection = call.instance === undefined ? 'a new connection' : 'one that had been answered by'
  return `${kindsOf([call])} after ${Math.round(call.endedAt - call.startedAt)} ms by ${connection}`
}

/** What became of the first of them, and how long after a process was killed they began. */
function sinceTheKill (calls: readonly Call[], kills: ReadonlyArray<WorkerKill & { readonly role: string }>): string {
  return calls.slice(0, 10).map((call) => {
    const last = kills.findLast(({ at }) => at <= call.startedAt)
    return `${inDetail(call)}, begun ${Math.round(call.startedAt - (last?.at ?? NaN))} ms after a kill of ${last?.role}`
  }).join(', ')
}

function sinceLast (askedAt: readonly number[], { startedAt }: Call): number {
  return Math.round(startedAt - (askedAt.findLast((at) => at <= startedAt) ?? NaN))
}

function endedOf (webSockets: readonly WebSocketRecord[]): WebSocketRecord[] {
  return webSockets.filter(({ why }) => why !== 'stopped')
}

function reasonsOf (webSockets: readonly WebSocketRecord[]): string {
  return webSockets.slice(0, 5)
    .map(({ why, detail, openedAt, endedAt }) => `${why} ${detail} after ${Math.round(endedAt - openedAt)} ms`)
    .join(', ')
}
