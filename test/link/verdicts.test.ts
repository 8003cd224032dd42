import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attemptAt, check, fail, startLinked, stateOf, type LinkedWorker } from '../helpers/linked-services.ts'
import { anyRequest } from '../helpers/service.ts'
import { until } from '../helpers/until.ts'

function succeed (worker: LinkedWorker, name: string, times = 1): void {
  for (let i = 0; i < times; i++) {
    const attempt = attemptAt(worker, name)
    attempt.answered(200, 0)
    attempt.settle('success')
  }
}

function isEverywhere (linked: Awaited<ReturnType<typeof startLinked>>, name: string, state: string): boolean {
  return [linked.control, ...linked.workers].every((each) => stateOf(each, name) === state)
}

test('workers have the backends and their health as control has them, and what becomes of them', async (t) => {
  const linked = await startLinked(['a', 'b'])
  t.after(linked.close)
  for (const { services } of linked.workers) {
    assert.deepEqual(services.backends().map(({ name, state }) => [name, state]), [['a', 'healthy'], ['b', 'healthy']])
  }
  for (let i = 0; i < 3; i++) check(linked.control.services, 'a', false)
  await linked.settled('a is unhealthy everywhere', () => isEverywhere(linked, 'a', 'unhealthy'))
  const { store } = linked.control
  const [first] = store.snapshot()
  store.remove((first as { id: string }).id, 'gone')
  await linked.settled('a has left everywhere', () => linked.workers.every(({ services }) => services.backends().length === 1))
})

test('failures in all workers together eject a backend, once, for all of them', async (t) => {
  const linked = await startLinked(['a', 'b', 'c'], { workers: 3 })
  t.after(linked.close)
  const [one, two, three] = linked.workers as [LinkedWorker, LinkedWorker, LinkedWorker]
  fail(one, 'a', 2)
  fail(two, 'a', 2)
  await until('four are counted', () => recentOf(linked, 'a') === 4)
  assert.equal(stateOf(linked.control, 'a'), 'healthy')
  fail(three, 'a')
  await until('a is ejected everywhere', () => isEverywhere(linked, 'a', 'ejected'))
  assert.equal(linked.control.services.backends().find(({ name }) => name === 'a')?.health.ejectionCount, 1)
})

test('a success between failures counts where it came, before the failures after it', async (t) => {
  const linked = await startLinked(['a', 'b'], { workers: 1 })
  t.after(linked.close)
  const [worker] = linked.workers as [LinkedWorker]
  fail(worker, 'a', 4)
  succeed(worker, 'a')
  fail(worker, 'a', 4)
  await until('all are counted', () => recentOf(linked, 'a') === 4)
  assert.equal(stateOf(linked.control, 'a'), 'healthy')
  fail(worker, 'a')
  await until('a is ejected', () => isEverywhere(linked, 'a', 'ejected'))
})

test('successes are told without failures too', async (t) => {
  const linked = await startLinked(['a', 'b'], { workers: 1 })
  t.after(linked.close)
  const [worker] = linked.workers as [LinkedWorker]
  fail(worker, 'a', 4)
  await until('they are counted', () => recentOf(linked, 'a') === 4)
  succeed(worker, 'a', 3)
  await linked.settled('no failure is the last', () => recentOf(linked, 'a') === 0)
})

test('never the last one, and no more than allowed, whichever workers see the failures', async (t) => {
  const linked = await startLinked(['a', 'b', 'c', 'd'])
  t.after(linked.close)
  const [one, two] = linked.workers as [LinkedWorker, LinkedWorker]
  fail(one, 'a', 5)
  fail(two, 'b', 5)
  await until('two of four are ejected', () => isEverywhere(linked, 'a', 'ejected') && isEverywhere(linked, 'b', 'ejected'))
  fail(one, 'c', 5)
  fail(two, 'd', 5)
  await until('all are counted', () => recentOf(linked, 'c') === 5 && recentOf(linked, 'd') === 5)
  assert.ok(isEverywhere(linked, 'c', 'healthy') && isEverywhere(linked, 'd', 'healthy'))
})

test('one request of one worker probes a backend, and brings it back for all', async (t) => {
  const linked = await startLinked(['a', 'b'])
  t.after(linked.close)
  const [one, two] = linked.workers as [LinkedWorker, LinkedWorker]
  fail(one, 'a', 5)
  await until('a is ejected', () => isEverywhere(linked, 'a', 'ejected'))
  await linked.pass(10_000)
  const prober = await until('one worker may probe', () => [one, two].find(mayProbe))
  const probe = attemptAt(prober, 'a')
  assert.equal(probe.isProbe, true)
  await until('it is being probed everywhere', () => isEverywhere(linked, 'a', 'probing'))
  for (const { services } of [one, two]) assert.notEqual(services.default.acquire(anyRequest, [])?.backend.name, 'a')
  probe.sent()
  probe.answered(200, 0)
  await until('it is back everywhere', () => isEverywhere(linked, 'a', 'healthy'))
  probe.settle('success')
})

test('what a worker that dies was to probe, another one probes', async (t) => {
  const linked = await startLinked(['a', 'b'])
  t.after(linked.close)
  const [one, two] = linked.workers as [LinkedWorker, LinkedWorker]
  fail(one, 'a', 5)
  await until('a is ejected', () => isEverywhere(linked, 'a', 'ejected'))
  await linked.pass(10_000)
  const first = await until('one worker may probe', () => [one, two].find(mayProbe))
  const other = first === one ? two : one
  const probe = attemptAt(first, 'a')
  assert.equal(probe.isProbe, true)
  await until('it is being probed', () => stateOf(linked.control, 'a') === 'probing')
  first.replica.close()
  await until('the other may probe', () => mayProbe(other))
  assert.equal(attemptAt(other, 'a').isProbe, true)
})

test('a probe that nobody sends ends with the time for it, in control as without workers', async (t) => {
  const linked = await startLinked(['a', 'b'])
  t.after(linked.close)
  fail(linked.workers[0] as LinkedWorker, 'a', 5)
  await until('a is ejected', () => isEverywhere(linked, 'a', 'ejected'))
  await linked.pass(11_000)
  await until('it is back, on trial', () => isEverywhere(linked, 'a', 'healthy'))
  assert.equal((linked.workers[1] as LinkedWorker).services.backends()[0]?.health.isOnTrial, true)
  fail(linked.workers[1] as LinkedWorker, 'a')
  await until('its first request has failed', () => isEverywhere(linked, 'a', 'ejected'))
})

test('without control each worker judges for itself, and control takes over what they have ejected when it is back', async (t) => {
  const linked = await startLinked(['a', 'b'])
  t.after(linked.close)
  const [one, two] = linked.workers as [LinkedWorker, LinkedWorker]
  await linked.control.hub.close()
  await until('both are on their own', () => [one, two].every(({ replica }) => !replica.isLinked))
  fail(one, 'a', 5)
  assert.equal(stateOf(one, 'a'), 'ejected')
  assert.equal(stateOf(two, 'a'), 'healthy')
  const next = linked.startControl()
  t.after(() => next.hub.close())
  await next.hub.listen()
  linked.clock.advance(100)
  await until('both are linked again', () => [one, two].every(({ replica }) => replica.isLinked))
  await until('it is ejected everywhere', () => [next, one, two].every((each) => stateOf(each, 'a') === 'ejected'))
})

test('a worker of another version is refused, and said to be', async (t) => {
  const linked = await startLinked(['a'], { workers: 1 })
  t.after(linked.close)
  void linked.startWorker(2, '2')
  await until('it is refused', () => linked.thrown.length > 0)
  assert.match(String(linked.thrown[0]), /version 2 came to control of version 1/)
})

function recentOf ({ control }: Awaited<ReturnType<typeof startLinked>>, name: string): number {
  return control.services.default.shared.members.all().find((backend) => backend.name === name)?.load.recent.failuresInRow ?? -1
}

/** Whether its next request would probe `a`. */
function mayProbe (worker: LinkedWorker): boolean {
  return worker.services.default.explain(anyRequest).choice?.id === idOf(worker, 'a')
}

function idOf ({ services }: LinkedWorker, name: string): string | undefined {
  return services.backends().find((backend) => backend.name === name)?.id
}
