import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { call, supervise, whoAnswers, type Caller } from '../helpers/supervised.ts'
import { until } from '../helpers/until.ts'

test('each connection goes to the worker with the fewest, those of the admin listener to control', async (t) => {
  // Time stands still but where a test lets it pass: on a busy machine, a worker that is slow must not count as one that hangs.
  let now = 0
  const clock = { ...systemClock, now: () => now }
  const { port, children, worker, printed } = await supervise(t, { workers: 4, maxConnections: 270, clock })
  assert.match(await whoAnswers(t, port('admin')), /^0:\d+ admin$/)

  await t.test('a worker that dies while it holds unacknowledged connections costs none of them', async () => {
    worker(2).kill('SIGSTOP')
    const callers = await Promise.all(Array.from({ length: 40 }, () => call(t, port())))
    const answers = callers.map(({ ask }) => ask('?'))
    let answered = 0
    for (const answer of answers) void answer.then(() => { answered++ })
    await until('all but four to be answered', () => {
      now += 100
      return answered === 36
    })
    worker(2).kill('SIGKILL')
    assert.deepEqual((await Promise.all(answers)).filter((answer) => answer === ''), [])
    for (const { socket } of callers) socket.destroy()
    await until('worker 2 to be back', () => printed.findLast(({ workers }) => workers)?.workers?.every(({ isReady }) => isReady))
  })

  await t.test('256 at once are spread evenly', async () => {
    const callers = await Promise.all(Array.from({ length: 256 }, () => call(t, port())))
    const answers = await Promise.all(callers.map(({ ask }) => ask('?')))
    const counts = [1, 2, 3, 4].map((number) => answers.filter((answer) => answer.startsWith(`${number}:`)).length)
    assert.equal(counts.reduce((sum, count) => sum + count), 256)
    assert.ok(Math.max(...counts) <= 64 * 1.15, `spread: ${counts}`)
    const held = callers.filter((_, n) => answers[n]?.startsWith('3:'))
    for (const { socket } of held) socket.destroy()
    await until('worker 3 to be asked only', async () => (await whoAnswers(t, port())).startsWith('3:'))
    const later = await Promise.all(Array.from({ length: 20 }, () => call(t, port())))
    assert.deepEqual(new Set((await Promise.all(later.map(({ ask }) => ask('?')))).map((answer) => answer[0])), new Set(['3']))
    for (const { socket } of [...callers, ...later]) socket.destroy()
  })

  await t.test('a client that ends its side gets what comes after it', async () => {
    const { socket } = await call(t, port())
    socket.end()
    assert.deepEqual(await once(socket, 'data'), ['ended'])
  })

  await t.test('more than the whole gateway may have are closed, and control is told', async () => {
    const some = await Promise.all(Array.from({ length: 256 }, () => call(t, port())))
    const answers = await Promise.all(some.map(({ ask }) => ask('?')))
    const answered: Caller[] = some.filter((_, n) => answers[n] !== '')
    await until('as many as may be', async () => {
      const caller = await call(t, port())
      if (await caller.ask('?') !== '') answered.push(caller)
      return answered.length === 270
    })
    const extra = await call(t, port())
    assert.equal(await extra.ask('?'), '')
    await until('control to be told', () => printed.some(({ dropped = 0 }) => dropped > 0))
    assert.match(await whoAnswers(t, port('admin')), /^0:/)
    for (const { socket } of answered) socket.destroy()
    await until('there to be room again', async () => await whoAnswers(t, port()) !== '')
  })

  assert.equal(children.length, 6)
})
