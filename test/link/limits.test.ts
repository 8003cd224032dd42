import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { leastConnections } from '../../src/balancing/least-connections.ts'
import type { Attempt } from '../../src/services/attempt.ts'
import type { ManagedBackend } from '../../src/services/managed-backend.ts'
import { seededRandom } from '../helpers/chance.ts'
import { startLinked, stateOf, type LinkedWorker } from '../helpers/linked-services.ts'
import { anyRequest } from '../helpers/service.ts'
import { settled, until } from '../helpers/until.ts'

type Linked = Awaited<ReturnType<typeof startLinked>>

/** As many attempts as the worker gets. */
function takeAll ({ services }: LinkedWorker): Attempt[] {
  const taken: Attempt[] = []
  for (let attempt = services.default.acquire(anyRequest, []); attempt !== undefined; attempt = services.default.acquire(anyRequest, [])) {
    taken.push(attempt)
  }
  return taken
}

function inFlight ({ workers }: Linked): number {
  return workers.reduce((sum, { services }) => sum + (services.backends()[0]?.inFlight ?? 0), 0)
}

test('a limit is dealt equally at first, and then to the worker that has the requests', async (t) => {
  const linked = await startLinked(['a'], { workers: 4, limits: { maxRequestsPerBackend: 8 } })
  t.after(linked.close)
  const [busy] = linked.workers as [LinkedWorker]
  const attempts = takeAll(busy)
  assert.equal(attempts.length, 2)
  // Each other worker keeps one, so that its first request need not wait.
  await until('it may have all but these', () => {
    linked.clock.advance(100)
    attempts.push(...takeAll(busy))
    return attempts.length === 5
  })
  for (const worker of linked.workers.slice(1)) assert.equal(takeAll(worker).length, 1)
  assert.equal(inFlight(linked), 8)
})

test('a limit below the number of workers lets each have one', async (t) => {
  const linked = await startLinked(['a'], { workers: 4, limits: { maxRequestsPerBackend: 1 } })
  t.after(linked.close)
  assert.deepEqual(linked.workers.map((worker) => takeAll(worker).length), [1, 1, 1, 1])
})

for (const seed of [1, 2, 3, 4, 5]) {
  test(`no backend ever has more than its limit, whoever takes and gives back (seed ${seed})`, async (t) => {
    const limit = 8
    const linked = await startLinked(['a'], { workers: 3, limits: { maxRequestsPerBackend: limit } })
    t.after(linked.close)
    const random = seededRandom(seed)
    const open: Attempt[] = []
    let most = 0
    for (let step = 0; step < 400; step++) {
      const worker = linked.workers[Math.floor(random() * (step % 100 < 50 ? 3 : 1))] as LinkedWorker
      if (random() < 0.6) {
        const attempt = worker.services.default.acquire(anyRequest, [])
        if (attempt !== undefined) open.push(attempt)
      } else open.splice(Math.floor(random() * open.length), 1)[0]?.settle('client-abort')
      most = Math.max(most, inFlight(linked))
      assert.ok(inFlight(linked) <= limit, `${inFlight(linked)} in flight`)
      if (random() < 0.2) linked.clock.advance(100)
      if (random() < 0.5) await settled()
    }
    assert.equal(most, limit)
  })
}

test('a backend is drained when no worker has a request there any more, and not before', async (t) => {
  const linked = await startLinked(['a', 'b'])
  t.after(linked.close)
  const { control, workers: [one, two] } = linked as Linked & { workers: [LinkedWorker, LinkedWorker] }
  const attempts = [one, two].map(({ services }) => services.default.acquire(anyRequest, []) as Attempt)
  const [{ id }] = [attempts[0]!.backend]
  const drained: string[] = []
  control.services.events.subscribe((event) => {
    if (event.type === 'transition' && event.to === 'drained') drained.push(event.backend.name)
  })
  const entry = control.store.get(id)
  assert.ok(entry !== undefined)
  // Control has not heard of the request yet.
  assert.equal(control.services.find(id)?.inFlight, 0)
  control.store.put({ ...entry, desiredState: 'draining' }, 'operator')
  assert.equal(stateOf(control, 'a'), 'draining')
  await until('both workers know', () => [one, two].every((worker) => worker.services.find(id)?.desiredState === 'draining'))
  const open = attempts.filter(({ backend }) => backend.id === id).length
  await linked.settled('control knows what is in flight', () => control.services.find(id)?.inFlight === open)
  assert.deepEqual(drained, [])
  for (const attempt of attempts) attempt.settle('success')
  await linked.settled('it is drained', () => drained.length === 1)
  assert.equal(stateOf(control, 'a'), 'drained')
})

test('a worker that dies takes its requests with it', async (t) => {
  const linked = await startLinked(['a'])
  t.after(linked.close)
  const [one, two] = linked.workers as [LinkedWorker, LinkedWorker]
  one.services.default.acquire(anyRequest, [])
  two.services.default.acquire(anyRequest, [])
  await linked.settled('both are counted', () => linked.control.services.backends()[0]?.inFlight === 2)
  one.replica.close()
  await until('one is left', () => linked.control.services.backends()[0]?.inFlight === 1)
})

function backendsOf ({ services }: LinkedWorker): readonly ManagedBackend[] {
  return services.all().flatMap(({ shared }) => shared.members.all())
}

/**
 * How far the fullest of four backends is from the emptiest, on average, while four workers begin and end long requests. All workers
 * know what the others have before the next step.
 */
async function spreadOf (balancer: string, seed: number): Promise<number> {
  const random = seededRandom(seed)
  const linked = await startLinked(['a', 'b', 'c', 'd'], {
    workers: 4,
    balancer,
    createBalancer: () => leastConnections({ clock: systemClock, random })
  })
  const { workers, clock } = linked
  const totals = (): number[] => workers.map((worker) => backendsOf(worker).map(({ inFlight }) => inFlight))
    .reduce((all, each) => all.map((count, i) => count + (each[i] ?? 0)))
  const told = (): boolean => workers.map((worker) => backendsOf(worker).map(({ inFlight, elsewhere }) => inFlight + elsewhere))
    .every((sums) => String(sums) === String(totals()))
  const open: Attempt[] = []
  let sum = 0
  for (let step = 0; step < 60; step++) {
    const worker = workers[Math.floor(random() * 4)] as LinkedWorker
    if (random() < 0.7) open.push(worker.services.default.acquire(anyRequest, []) as Attempt)
    else open.splice(Math.floor(random() * open.length), 1)[0]?.settle('client-abort')
    if (balancer === 'least-connections') {
      await until('all to know of the others', () => {
        clock.advance(100)
        return told()
      })
    }
    sum += Math.max(...totals()) - Math.min(...totals())
  }
  linked.close()
  return sum / 60
}

test('least-connections goes by what all workers have in flight: backends are filled more evenly than by each worker alone', async () => {
  for (const seed of [1, 2, 3]) {
    const together = await spreadOf('least-connections', seed)
    const alone = await spreadOf('a strategy that does not go by loads', seed)
    assert.ok(together <= 1.5, `spread: ${together}`)
    assert.ok(together < alone * 0.8, `spread: ${together}, and ${alone} alone`)
  }
})

test('a worker that has lost control forgets what the others had', async (t) => {
  const linked = await startLinked(['a', 'b'], {
    balancer: 'least-connections',
    createBalancer: () => leastConnections({ clock: systemClock, random: () => 0 })
  })
  t.after(linked.close)
  const [one, two] = linked.workers as [LinkedWorker, LinkedWorker]
  const attempt = one.services.default.acquire(anyRequest, []) as Attempt
  const elsewhere = (): number | undefined => backendsOf(two).find(({ name }) => name === attempt.backend.name)?.elsewhere
  await until('worker 2 to know', () => {
    linked.clock.advance(100)
    return elsewhere() === 1
  })
  assert.notEqual(two.services.default.acquire(anyRequest, [])?.backend.name, attempt.backend.name)
  await linked.control.hub.close()
  await until('worker 2 to be alone', () => !two.replica.isLinked)
  assert.equal(elsewhere(), 0)
})
