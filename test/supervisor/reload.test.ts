import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { call, keepCalling, supervise, whoAnswers } from '../helpers/supervised.ts'
import { until } from '../helpers/until.ts'

test('a reload replaces control and workers one by one, and loses no connection', async (t) => {
  const { supervisor, port, env, children, printed, log } = await supervise(t, { workers: 2 })
  const held = await call(t, port())
  const [kept = ''] = (await held.ask('?')).split(' ')
  const old = children.map(({ process }) => process)
  const stopCalling = keepCalling(t, port())
  const stopAdmin = keepCalling(t, port('admin'))
  await supervisor.reload()
  await whoAnswers(t, port())
  const answers = [...await stopCalling(), ...await stopAdmin()]
  assert.deepEqual(answers.filter((answer) => !/^[012]:\d+ (?:traffic|admin)$/.test(answer)), [])
  assert.deepEqual(children.slice(3).map(({ role, worker }) => `${role} ${worker}`), ['control 0', 'worker 1', 'worker 2'])
  await until('the old ones to have ended', () => old.every(({ exitCode }) => exitCode === 0))
  assert.equal(await Promise.race([held.ask('?'), held.socket.closed]), '', `${kept} has drained`)
  assert.deepEqual(log.map(({ msg }) => msg), ['all workers are ready', 'all workers are replaced'])
  assert.equal(printed.filter(({ drain }) => drain !== undefined).length, 3)

  await t.test('the old ones go on if a worker does not start', async () => {
    env['TEST_FAULT'] = 'worker ends'
    const before = await whoAnswers(t, port('admin'))
    await supervisor.reload()
    assert.deepEqual(log.at(-1), {
      level: 'error',
      msg: 'the new workers did not start; the old ones go on',
      reason: 'worker 1 ended during the start: exit code 7',
      generation: 3
    })
    assert.equal(await whoAnswers(t, port('admin')), before)
    assert.match(await whoAnswers(t, port()), /^[12]:/)
    await until('control of the new ones to have ended', () => children.at(-2)?.process.signalCode === 'SIGKILL')
  })

  await t.test('fewer workers, and one more listener, which is closed again if nobody wants it', async () => {
    env['TEST_FAULT'] = ''
    const plan = JSON.parse(env['TEST_PLAN'] ?? '')
    env['TEST_PLAN'] = JSON.stringify({ ...plan, workers: 1, listeners: [...plan.listeners, { name: 'tls', host: '127.0.0.1', port: 0 }] })
    await supervisor.reload()
    assert.match(await whoAnswers(t, port('tls')), /^1:\d+ tls$/)
    assert.match(await whoAnswers(t, port()), /^1:\d+ traffic$/)
    const tls = port('tls')
    env['TEST_PLAN'] = JSON.stringify({ ...plan, workers: 1 })
    await supervisor.reload()
    await assert.rejects(whoAnswers(t, tls), { code: 'ECONNREFUSED' })
    assert.match(await whoAnswers(t, port()), /^1:\d+ traffic$/)
  })
})

test('a worker that is not ready in 30 s leaves the old ones; one that says nothing for 10 s is killed', async (t) => {
  const due: Array<() => void> = []
  const looks: Array<() => void> = []
  const clock = {
    ...systemClock,
    after: (ms: number, task: () => void) => {
      if (ms === 30_000) due.push(task)
      if (ms === 1000) looks.push(task)
      return ms >= 1000 ? () => {} : systemClock.after(ms, task)
    }
  }
  const { supervisor, env, children, port, worker, log } = await supervise(t, { workers: 1, clock })
  env['TEST_FAULT'] = 'worker is never ready'
  const reloaded = supervisor.reload()
  await until('a new worker', () => children.length === 4)
  due.pop()?.()
  await reloaded
  assert.equal(log.at(-1)?.['reason'], 'not ready within 30 s')
  await until('it to have ended', () => children[3]?.process.signalCode === 'SIGKILL')
  assert.match(await whoAnswers(t, port()), /^1:/)

  env['TEST_FAULT'] = ''
  const hanging = children[1]?.process
  hanging?.kill('SIGSTOP')
  for (let look = 1; look < 10; look++) looks.pop()?.()
  await once(children[0]?.process as ChildProcess, 'message') // it says each second that it is there
  looks.pop()?.()
  assert.deepEqual(log.slice(2).map(({ msg }) => msg), ['worker 1 says nothing and is killed'])
  await until('another worker', () => children.filter(({ role }) => role === 'worker').length === 3 && log.length === 4)
  assert.match(await whoAnswers(t, port()), new RegExp(`^1:${worker(1).pid} `))
})
