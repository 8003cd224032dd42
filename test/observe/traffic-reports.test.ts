import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '../../src/backends/backend.ts'
import type { ExchangeRecord } from '../../src/forwarding/exchange-record.ts'
import { ReportError, type WorkerTotals } from '../../src/observe/traffic-totals.ts'
import { fc } from '../helpers/property.ts'
import { attemptAt, countsOf, createControl, createWorker, record, routeNamed, sent } from '../helpers/reports.ts'

type Step =
  | { readonly kind: 'exchange', readonly worker: number, readonly tried: readonly number[], readonly code: number, readonly route: number }
  | { readonly kind: 'refuse' | 'report' | 'break-link' | 'end', readonly worker: number }
  | { readonly kind: 'restart-control' }

const worker = fc.nat(1)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('exchange' as const),
      worker,
      tried: fc.array(fc.nat(2), { maxLength: 3 }),
      code: fc.constantFrom(101, 200, 302, 404, 502, 503),
      route: fc.nat(3)
    })
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('refuse' as const, 'report', 'break-link'), worker }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), worker }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart-control' as const }) }
)

const names = ['a', 'b', 'c']
const routes = [undefined, routeNamed('r'), routeNamed(undefined), routeNamed('implicit', 'implicit')]

/** Something that is counted: an exchange, or the reason of a refusal. */
type Counted = ExchangeRecord | string

interface RunningWorker extends ReturnType<typeof createWorker> {
  totals: WorkerTotals
  isConnected: boolean
  readonly history: Counted[]
}

/** Workers and a control, and beside it one that counts itself all that control should have heard of. */
class Model {
  #control = createControl(names)
  #expected = createControl(names)
  readonly #workers = [this.#start(), this.#start()]

  apply (step: Step): void {
    if (step.kind === 'restart-control') return this.#restartControl()
    const worker = this.#workers[step.worker]!
    if (step.kind === 'exchange') {
      const attempts = step.tried.map((i, at) =>
        attemptAt(worker.backends[i]!, at < step.tried.length - 1 ? { reason: 'reset', party: 'backend' } : {}))
      const exchange = record(attempts, { statusCode: step.code, route: routes[step.route], endedAt: step.code / 7 })
      worker.onExchange(exchange)
      this.#count(worker, exchange)
    } else if (step.kind === 'refuse') {
      worker.refusals.set('malformed', (worker.refusals.get('malformed') ?? 0) + 1)
      this.#count(worker, 'malformed')
    } else if (step.kind === 'report') {
      this.#report(worker)
    } else if (step.kind === 'break-link') {
      worker.reporter.take()
      worker.isConnected = false
    } else {
      this.#report(worker)
      worker.totals.end()
      this.#workers[step.worker] = this.#start()
    }
  }

  assertCounted (): void {
    for (const worker of this.#workers) this.#report(worker)
    assert.deepEqual(countsOf(this.#control), countsOf(this.#expected))
  }

  #start (): RunningWorker {
    return { ...createWorker(names), totals: this.#control.totals.addWorker(), isConnected: false, history: [] }
  }

  /** It knows nothing of the workers that have ended. */
  #restartControl (): void {
    this.#control = createControl(names)
    this.#expected = createControl(names)
    for (const worker of this.#workers) {
      worker.totals = this.#control.totals.addWorker()
      worker.isConnected = false
      for (const counted of worker.history.splice(0)) this.#count(worker, counted)
    }
  }

  #report (worker: RunningWorker): void {
    worker.totals.add(sent(worker.isConnected ? worker.reporter.take() : worker.reporter.takeAll()))
    worker.isConnected = true
  }

  #count ({ history }: { readonly history: Counted[] }, counted: Counted): void {
    history.push(counted)
    const { refusals, backends, onExchange } = this.#expected
    if (typeof counted === 'string') {
      refusals.set(counted, (refusals.get(counted) ?? 0) + 1)
      return
    }
    const attempts = counted.attempts.map((attempt) => ({ ...attempt, backend: backends.find(({ id }) => id === attempt.backend.id)! }))
    onExchange({ ...counted, attempts })
  }
}

test('control has counted what the workers have, whoever is restarted, and whatever the link loses as it breaks', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
    const model = new Model()
    for (const each of steps) model.apply(each)
    model.assertCounted()
  }))
})

test('no counter falls when a worker ends; what was so of it is so no more', () => {
  const [control, first, second] = [createControl(), createWorker(), createWorker()]
  const [one, two] = [control.totals.addWorker(), control.totals.addWorker()]
  for (const [of, connections] of [[first, 3], [second, 4]] as const) {
    of.onExchange(record([attemptAt(of.backends[0]!)]))
    Object.assign(of.now, { clientConnections: connections, tunnels: 1 })
    of.queue.length = 2
    of.connections.set(of.backends[0]!, 6)
  }
  one.add(sent(first.reporter.takeAll()))
  two.add(sent(second.reporter.takeAll()))
  const [a, b] = control.backends as [Backend, Backend]
  const gauges = () => {
    const { totals } = control
    const { clientConnections, tunnels, queued } = totals
    return [clientConnections, tunnels, queued, totals.queuedFor('web'), totals.connectionsTo(a)]
  }
  assert.deepEqual(gauges(), [7, 2, 4, 4, 12])
  assert.deepEqual([control.totals.connectionsTo(b), one.gauges.eventLoopUtilization, one.gauges.residentBytes], [0, 0.5, 1e8])
  two.end()
  assert.deepEqual(gauges(), [3, 1, 2, 2, 6])
  assert.equal(control.counters.of(a).attempts, 2)
  first.connections.set(first.backends[0]!, 0)
  one.add(sent(first.reporter.take()))
  assert.deepEqual(gauges(), [3, 1, 2, 2, 0])
})

test('a report of another format is refused, and nothing of it is counted', () => {
  const [control, of] = [createControl(), createWorker()]
  const totals = control.totals.addWorker()
  of.onExchange(record([attemptAt(of.backends[0]!)]))
  const report = sent(of.reporter.takeAll())
  const refused = (message: RegExp) => (error: unknown) => error instanceof ReportError && message.test(error.message)
  assert.throws(() => { totals.add({ ...report, format: '0-old' }) }, refused(/^a worker of another version .* format 0-old; this is 1-/))
  for (const odd of [null, 'text', [], {}]) assert.throws(() => { totals.add(odd) }, refused(/no report/))
  assert.deepEqual(countsOf(control), countsOf(createControl()))
  totals.add(report)
  assert.equal(control.counters.of(control.backends[0]!).attempts, 1)
})

test('counts of a backend that control does not know are dropped, and those of others are not', () => {
  const [control, of] = [createControl(['b']), createWorker()]
  for (const backend of of.backends) of.onExchange(record([attemptAt(backend)]))
  control.totals.addWorker().add(sent(of.reporter.takeAll()))
  assert.deepEqual(countsOf(control).backends.length, 1)
  assert.equal(control.counters.of(control.backends[0]!).attempts, 1)
})

test('a report of 1000 backends and 10 000 routes is told in parts, by turns, and a quiet worker says little', () => {
  const names = Array.from({ length: 1000 }, (_, i) => String(i))
  const [control, of] = [createControl(names), createWorker(names)]
  const totals = control.totals.addWorker()
  function countAll (): void {
    for (let i = 0; i < 10_000; i++) {
      const attempts = [attemptAt(of.backends[i % 1000]!)]
      of.onExchange(record(attempts, { route: routeNamed(`route-${i}`), statusCode: 200 + i % 4, endedAt: i / 100 }))
    }
  }
  for (let i = 0; i < 10; i++) {
    countAll()
    const report = sent(i === 0 ? of.reporter.takeAll() : of.reporter.take())
    assert.deepEqual([report.backends.length, report.routes.length, report.routeResults.length], [1000, 1000, 1000])
    assert.ok(JSON.stringify(report).length < 500_000)
    totals.add(report)
  }
  assert.deepEqual([...control.routeCounters.byName.values()].filter(({ whole }) => whole.total === 0), [], 'each has had its turn')
  totals.add(sent(of.reporter.takeRest()))
  assert.deepEqual(countsOf(control), countsOf(of))

  of.onExchange(record([attemptAt(of.backends[7]!)], { route: routeNamed('route-7') }))
  const { backends, routes: ofRoutes, routeResults, second } = of.reporter.take()
  assert.deepEqual([backends, ofRoutes, routeResults, second.backends].map(({ length }) => length), [1, 1, 1, 1])
  assert.ok(JSON.stringify(of.reporter.take()).length < 500)
})

test('the second of all workers together has quantiles that are off by less than 5 %', () => {
  const latencies = fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 50 })
  fc.assert(fc.property(fc.array(latencies, { minLength: 1, maxLength: 4 }), fc.constantFrom(0.5, 0.99), (byWorker, q) => {
    const control = createControl()
    for (const each of byWorker) {
      const of = createWorker()
      of.reporter.takeAll()
      for (const ms of each) {
        of.onExchange(record([attemptAt(of.backends[1]!, { durationMs: ms })], { endedAt: ms, statusCode: ms % 2 === 0 ? 200 : 500 }))
      }
      control.totals.addWorker().add(sent(of.reporter.take()))
    }
    const all = byWorker.flat().sort((a, b) => a - b)
    const exact = all[Math.ceil(all.length * q) - 1]!
    const ofBackend = control.second.backends.get(control.backends[1]!)
    for (const found of [control.second.latency.quantile(q)!, ofBackend!.latency.quantile(q)!]) {
      assert.ok(Math.abs(found - exact) < exact * 0.05, `${found} instead of ${exact}`)
    }
    const errors = all.filter((ms) => ms % 2 === 1).length
    assert.deepEqual([control.second.requests, control.second.errors, ofBackend!.requests], [all.length, errors, all.length])
  }))
})

test('a second is reported once, and what passed while control was away is in no second', () => {
  const of = createWorker()
  of.onExchange(record([attemptAt(of.backends[0]!)]))
  assert.deepEqual(of.reporter.takeAll().second, { requests: 0, errors: 0, latency: [], backends: [] })
  of.onExchange(record([attemptAt(of.backends[0]!)]))
  assert.equal(of.reporter.take().second.requests, 1)
  assert.equal(of.reporter.take().second.requests, 0)
})

test('notable requests get numbers of control, each once; a flood of them is told by its last and their count', () => {
  const [control, of] = [createControl(), createWorker()]
  const totals = control.totals.addWorker()
  const told: number[] = []
  control.notable.told.subscribe(({ untold }) => { told.push(untold) })
  const fail = (requestId: string) => { of.onExchange(record([attemptAt(of.backends[0]!)], { requestId, statusCode: 500 })) }
  control.onExchange(record([], { requestId: 'own', statusCode: 500 }))
  fail('1')
  totals.add(sent(of.reporter.takeAll()))
  totals.add(sent(of.reporter.takeAll()))
  totals.add(sent(of.reporter.take()))
  const notable = () => control.notable.all().map(({ number, requestId, backend }) => [number, requestId, backend])
  assert.deepEqual(notable(), [[1, 'own', null], [2, '1', 'a']])
  for (let i = 2; i <= 61; i++) fail(String(i))
  totals.add(sent(of.reporter.take()))
  assert.deepEqual([notable().length, notable().at(-1), notable().at(2)], [52, [52, '61', 'a'], [3, '12', 'a']])
  assert.deepEqual([told.length, told[2]], [20, 10])
})
