import type { Backend } from '../../src/backends/backend.ts'
import type { AttemptRecord, ExchangeRecord } from '../../src/forwarding/exchange-record.ts'
import { backendSlots, retrySlots, routeResultSlots, routeSlots, type Slots } from '../../src/observe/counter-slots.ts'
import { NotableRequests } from '../../src/observe/notable-requests.ts'
import { RouteCounters } from '../../src/observe/route-counters.ts'
import { TrafficCounters } from '../../src/observe/traffic-counters.ts'
import { TrafficReporter } from '../../src/observe/traffic-reporter.ts'
import { TrafficSecond } from '../../src/observe/traffic-second.ts'
import { TrafficTotals } from '../../src/observe/traffic-totals.ts'
import type { RouteInfo } from '../../src/routing/route-info.ts'
import { FakeClock } from './clock.ts'

interface FakeBackend { readonly id: string, readonly name: string, readonly service: string }

export function backendNamed (name: string): FakeBackend & Backend {
  return { id: `id-${name}`, name, service: 'web' } as unknown as FakeBackend & Backend
}

export function routeNamed (name: string | undefined, source = 'file'): RouteInfo {
  return { id: `id-${name}`, name, source } as unknown as RouteInfo
}

export function record (attempts: readonly AttemptRecord[], changes: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    requestId: '1',
    service: 'web',
    route: undefined,
    method: 'GET',
    host: 'h',
    path: '/',
    version: '1.1',
    statusCode: 200,
    grpcStatus: undefined,
    client: '127.0.0.1',
    startedAt: 0,
    headAt: 5,
    endedAt: 10,
    attempts,
    outcome: 'success',
    ...changes
  }
}

export function attemptAt (backend: Backend, failure: Partial<AttemptRecord> = {}): AttemptRecord {
  return { backend, reason: undefined, party: undefined, durationMs: 1, ...failure }
}

/** What counts, in a worker and in control. */
function createCounting () {
  const sources = {
    counters: new TrafficCounters(),
    routeCounters: new RouteCounters(),
    second: new TrafficSecond(),
    notable: new NotableRequests(new FakeClock())
  }
  return { ...sources, onExchange: (each: ExchangeRecord) => { for (const source of Object.values(sources)) source.onExchange(each) } }
}

/** What reports, with backends of these names. */
export function createWorker (names = ['a', 'b']) {
  const counting = createCounting()
  const backends = names.map(backendNamed)
  const refusals = new Map<string, number>()
  const connections = new Map<Backend, number>()
  const queue = { length: 0 }
  const now = { clientConnections: 0, tunnels: 0, eventLoopUtilization: 0.5, residentBytes: 1e8 }
  const reporter = new TrafficReporter({
    ...counting,
    tallies: { refusals: () => refusals },
    backends: () => backends,
    connectionsTo: (backend) => connections.get(backend) ?? 0,
    queues: () => [{ name: 'web', queue }, { name: 'idle', queue: { length: 0 } }],
    gauges: () => ({ ...now })
  })
  return { ...counting, backends, refusals, connections, queue, now, reporter }
}

/** What reports are added to. */
export function createControl (names = ['a', 'b']) {
  const counting = createCounting()
  const backends = names.map(backendNamed)
  const refusals = new Map<string, number>()
  const totals = new TrafficTotals({
    ...counting,
    notable: () => counting.notable,
    tallies: { refusals: (reason, count) => { refusals.set(reason, (refusals.get(reason) ?? 0) + count) } },
    findBackend: (id) => backends.find((backend) => backend.id === id)
  })
  return { ...counting, backends, refusals, totals }
}

/** As it comes by the link between processes. */
export function sent<T> (report: T): T {
  return JSON.parse(JSON.stringify(report)) as T
}

function valuesOf<T> (slots: Slots<T>, of: T): Record<string, number> {
  const values = new Float64Array(slots.names.length)
  slots.read(of, values)
  const rounded = slots.names.map((name, i) => [name, Math.round(values[i]! * 1e6) / 1e6] as const)
  return Object.fromEntries(rounded.filter(([, value]) => value !== 0))
}

/** All that is counted, but for what is 0. */
export function countsOf ({ counters, routeCounters, backends, refusals }: Pick<ReturnType<typeof createControl>,
  'counters' | 'routeCounters' | 'backends' | 'refusals'>) {
  const each = <K, T>(slots: Slots<T>, all: Iterable<readonly [K, T]>) =>
    [...all].map(([name, of]) => `${String(name)} ${JSON.stringify(valuesOf(slots, of))}`).filter((text) => !text.endsWith('{}')).sort()
  return {
    backends: each(backendSlots, backends.map((backend) => [backend.name, counters.of(backend)])),
    withoutBackend: each(backendSlots, counters.withoutBackend),
    retries: each(retrySlots, counters.retries),
    routes: each(routeSlots, [...routeCounters.byName, ['', routeCounters.ofOthers] as const]),
    routeResults: each(routeResultSlots, routeCounters.byId),
    refusals: [...refusals].sort()
  }
}
