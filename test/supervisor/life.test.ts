import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { readChildEnvironment, writeChildEnvironment } from '../../src/supervisor/child-environment.ts'
import { linkAddress, makeIdentity, makeLinkPlace } from '../../src/supervisor/identity.ts'
import { readFromChild, readToChild } from '../../src/supervisor/messages.ts'
import type { Forked } from '../../src/supervisor/forked.ts'
import { isCrashLoop, Keeper, type KeeperOptions } from '../../src/supervisor/keeper.ts'
import { respawnDelayMs } from '../../src/supervisor/respawn.ts'
import { systemClock } from '../../src/base/clock.ts'
import { actOnSignals } from '../../src/supervisor/signals.ts'
import { FakeClock } from '../helpers/clock.ts'
import { call, supervise, whoAnswers } from '../helpers/supervised.ts'
import { until } from '../helpers/until.ts'

test('messages that are malformed are none', () => {
  const listeners = [{ name: 'tls', host: '::', port: 443 }]
  const plan = { type: 'plan', workers: 1, listeners, maxConnections: 0, delayMs: 0, drainMs: 1.5 }
  const fromChild = [plan, { type: 'ready' }, { type: 'alive' }, { type: 'got', id: 1, open: 2 }, { type: 'open', count: 0 }]
  assert.deepEqual(fromChild.map(readFromChild), fromChild)
  const toChild = [
    { type: 'bound', listeners: [{ name: 'admin', address: '::1', port: 1 }] },
    { type: 'unbound', name: 'traffic', code: 'EACCES', address: '', port: 80 },
    { type: 'connection', id: 1, listener: 'traffic' },
    { type: 'dropped', count: 1 },
    { type: 'workers', workers: [{ worker: 1, pid: 2, isReady: true, restarts: 0 }] },
    { type: 'stopping' },
    { type: 'drain', delayMs: 0.5 },
    { type: 'retire' }
  ]
  assert.deepEqual(toChild.map(readToChild), toChild)
  const wrong = [
    undefined, null, 'ready', { type: 'gone' }, { type: 'got', id: 1 }, { type: 'open', count: -1 }, { ...plan, workers: 0 },
    { ...plan, listeners: [{ name: 'udp', host: '', port: 1 }] }, { ...plan, listeners: [null] }, { ...plan, drainMs: '1' },
    { type: 'connection', id: 0.5, listener: 'tls' }, { type: 'drain', delayMs: Infinity }, { type: 'workers', workers: {} },
    { type: 'bound', listeners: [{ name: 'admin', address: '::1', port: 65_536 }] }
  ]
  assert.deepEqual(wrong.flatMap((value) => [readFromChild(value), readToChild(value)]), wrong.flatMap(() => [undefined, undefined]))
})

test('a child is told what it is for by its environment', () => {
  const identity = makeIdentity()
  const place = { role: 'control', worker: 0, generation: 2, predecessor: '/1.sock' } as const
  assert.deepEqual(readChildEnvironment(writeChildEnvironment(place, '/2.sock', identity)), { ...place, link: '/2.sock', ...identity })
  const { predecessor, ...worker } = { ...place, role: 'worker' as const, worker: 1 }
  assert.equal(readChildEnvironment(writeChildEnvironment(worker, '/2.sock', identity))?.predecessor, undefined, predecessor)
  assert.equal(readChildEnvironment({}), undefined)
})

test('where no folder can be made, control and workers meet at an abstract socket', () => {
  const link = makeLinkPlace('/proc/none').path(3)
  assert.match(link, /^@evenkeel-[0-9a-f]{48}-3$/)
  assert.equal(linkAddress(link), `\0${link.slice(1)}`)
  const place = makeLinkPlace()
  assert.equal(statSync(dirname(place.path(1))).mode & 0o777, 0o700)
  place.remove()
  assert.equal(existsSync(dirname(place.path(1))), false)
})

test('the pauses before a child is started again grow from none to 10 s', () => {
  const pauses = (random: number): number[] => [1, 2, 3, 4, 8, 9, 50].map((nth) => respawnDelayMs(nth, () => random))
  assert.deepEqual(pauses(0.5), [0, 100, 200, 400, 6400, 10_000, 10_000])
  assert.deepEqual(pauses(0), [0, 50, 100, 200, 3200, 5000, 5000])
})

/** One that starts again whatever ends. */
function keeperOf (clock: FakeClock, fork: KeeperOptions['fork']): Keeper {
  return new Keeper({ fork, onEnd: () => true, onForkError: () => false, clock, random: () => 0.5 })
}

test('what was ready and is killed from outside is started again at once, however often; what crashes waits longer each time', () => {
  for (const { reason, isReady, delays } of [
    { reason: 'SIGKILL', isReady: true, delays: [0, 0, 0, 0] },
    { reason: 'SIGKILL', isReady: false, delays: [0, 100, 200, 400] },
    { reason: 'exit code 1', isReady: true, delays: [0, 100, 200, 400] }
  ]) {
    const clock = new FakeClock()
    const starts: number[] = []
    let end = (): void => {}
    const keeper = keeperOf(clock, (onEnd) => {
      starts.push(clock.now())
      const child = { isReady, readyAt: isReady ? clock.now() : undefined, startedAt: clock.now() } as Forked
      end = () => { onEnd(child, reason) }
      return child
    })
    keeper.start()
    const waited = delays.map((delay) => {
      const endedAt = clock.now()
      end()
      clock.advance(delay)
      return (starts.at(-1) as number) - endedAt
    })
    assert.deepEqual(waited, delays, reason)
    assert.equal(starts.length, delays.length + 1)
  }
})

test('a crash soon after a child was ready is an early one, however long its start took', () => {
  const clock = new FakeClock()
  const ends: Array<[child: Forked, end: () => void]> = []
  const keeper = keeperOf(clock, (onEnd) => {
    const child = { isReady: true, readyAt: clock.now() + 13_000, startedAt: clock.now(), hasEnded: true } as Forked
    ends.push([child, () => { onEnd(child, 'exit code 1') }])
    return child
  })
  keeper.start()
  for (let times = 0; times < 5; times++) {
    assert.equal(isCrashLoop([keeper]), false)
    clock.advance(13_200)
    ends.at(-1)?.[1]()
    clock.advance(1000)
  }
  assert.equal(isCrashLoop([keeper]), true)
  clock.advance(18_500)
  ends.at(-1)?.[1]()
  assert.equal(isCrashLoop([keeper]), false)
})

test('what is killed is started again, what is told to stop ends last to first', async (t) => {
  const { supervisor, port, worker, control, children, printed, log, exits } = await supervise(t, { delayMs: 50 })
  const held = await call(t, port())
  const [kept = ''] = (await held.ask('?')).split(' ')

  const [first, firstControl] = [worker(1), control()]
  const admin = port('admin')
  firstControl.kill('SIGKILL')
  assert.match(await whoAnswers(t, port()), /^[12]:\d+ traffic$/)
  assert.match(await whoAnswers(t, admin), /^0:\d+ admin$/)
  assert.equal(port('admin'), admin)
  worker(kept.startsWith('1') ? 2 : 1).kill('SIGKILL')
  await until('a worker to be back', () => printed.findLast(({ workers }) => workers)?.workers
    ?.some(({ restarts, isReady }) => restarts === 1 && isReady))
  assert.notEqual(control().pid, firstControl.pid)
  assert.deepEqual(log.map(({ level, msg, reason }) => [level, msg, reason]), [
    ['info', 'all workers are ready', undefined],
    ['error', 'control has ended and is started again', 'SIGKILL'],
    ['error', `worker ${kept.startsWith('1') ? 2 : 1} has ended and is started again`, 'SIGKILL']
  ])

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) for (const { process } of children) process.kill(signal)
  assert.equal(first.exitCode, null)
  assert.match(await held.ask('?'), new RegExp(`^${kept} `))

  supervisor.stop()
  await until('an exit', () => exits.length > 0)
  assert.deepEqual(exits, [0])
  const steps = printed.flatMap(({ stopping, drain, delayMs }) => stopping ?? (drain === undefined ? [] : [`${drain} in ${delayMs}`]))
  assert.deepEqual([steps.toSorted(), steps.at(-1)], [['0', '0 in 0', '1 in 50', '2 in 50'], '0 in 0'])
})

test('a worker that does not end in time is killed, and the gateway exits with 1', async (t) => {
  const kills: Array<() => void> = []
  const clock = {
    ...systemClock,
    after (ms: number, task: () => void) {
      if (ms !== 12_345) return systemClock.after(ms, task)
      kills.push(task)
      return () => {}
    }
  }
  const { supervisor, port, exits, log } = await supervise(t, { workers: 1, drainMs: 12_345, clock })
  await call(t, port()) // which sends nothing, and is waited for
  await until('it to have come', async () => await whoAnswers(t, port()))
  supervisor.stop()
  kills[0]?.()
  await until('an exit', () => exits.length > 0)
  assert.deepEqual(exits, [1])
  assert.equal(log.at(-1)?.msg, 'worker 1 did not end in time and was killed')
})

test('a signal ends the gateway, a second one at once, unless it is the duplicate of npm', () => {
  const side = new EventEmitter()
  const clock = new FakeClock()
  const calls: unknown[] = []
  actOnSignals(side as NodeJS.Process, clock, {
    onStop: () => { calls.push('stop') },
    onStopNow: (code) => { calls.push(code) },
    onReload: () => { calls.push('reload') },
    onUpgrade: () => { calls.push('upgrade') }
  })
  for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGTERM', 'SIGTERM', 'SIGINT']) side.emit(signal)
  clock.advance(301)
  side.emit('SIGTERM')
  assert.deepEqual(calls, ['reload', 'upgrade', 'stop', 130, 143])
})

test('a child that ends before all are ready ends all', async (t) => {
  await t.test('a worker that is not ready', async (t) => {
    const { exits, log } = await supervise(t, { workers: 1, fault: 'worker ends' })
    await until('an exit', () => exits.length > 0)
    assert.deepEqual([exits, log.map(({ msg }) => msg)], [[1], ['worker 1 ended during the start: exit code 7']])
  })

  await t.test('control that was ready', async (t) => {
    const { exits, log } = await supervise(t, { workers: 1, fault: 'control ends before workers are ready' })
    await until('an exit', () => exits.length > 0)
    assert.deepEqual([exits, log.map(({ msg }) => msg)], [[1], ['control ended during the start: exit code 8']])
  })
})

test('a port that is in use is told to control, which says so and ends', async (t) => {
  const { port } = await supervise(t, { workers: 1 })
  const { exits, log, printed } = await supervise(t, { listeners: [{ name: 'traffic', host: '127.0.0.1', port: port() }] })
  await until('an exit', () => exits.length > 0)
  await until('a line', () => printed.length > 0)
  assert.deepEqual([exits, log], [[1], []])
  assert.deepEqual(printed, [{ bound: { type: 'unbound', name: 'traffic', code: 'EADDRINUSE', address: '127.0.0.1', port: port() } }])
})

test('workers that only ever end end the gateway, which names the first exit', async (t) => {
  const pauses: number[] = []
  const clock = {
    ...systemClock,
    after (ms: number, task: () => void) {
      if (ms >= 1000) return () => {}
      pauses.push(ms)
      return systemClock.after(0, task)
    }
  }
  const { env, worker, exits, log, children } = await supervise(t, { workers: 1, clock, random: () => 0.5 })
  env['TEST_FAULT'] = 'worker ends'
  worker(1).kill('SIGKILL')
  await until('an exit', () => exits.length > 0)
  assert.deepEqual(exits, [1])
  assert.deepEqual(pauses, [0, 100, 200, 400, 800])
  assert.equal(children.length, 7)
  assert.deepEqual(log.at(-1), { level: 'fatal', msg: 'workers end as soon as they are started', first: 'worker 1: exit code 7' })
})
