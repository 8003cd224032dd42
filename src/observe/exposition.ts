import { versions } from 'node:process'
import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Registry as PromRegistry,
  type CounterConfiguration,
  type GaugeConfiguration
} from 'prom-client'
import type { Backend } from '../backends/backend.ts'
import type { Services } from '../services/services.ts'
import { packageVersion } from '../base/package-version.ts'
import { latencyBounds, type LatencyCounts } from './latency-counts.ts'
import type { BackendCounters, TrafficCounters } from './traffic-counters.ts'

export interface MetricSources {
  readonly services: Services
  readonly counters: TrafficCounters
  /** Requests refused before they could be forwarded, by reason. */
  readonly refusals: ReadonlyMap<string, number>
  readonly tunnels: () => number
  readonly connectionsTo: (backend: Backend) => number
  readonly registryFileConflicts: () => number
  readonly isConfigValid: () => boolean
  readonly clientConnections: () => Promise<number>
}

/** Sets the value of a metric for these labels. */
type SetValue = (labels: Record<string, string>, value: number) => void

/** Everything that `/metrics` shows, collected per scrape, so that requests only pay for counting. */
export function createExposition (sources: MetricSources): PromRegistry {
  const prom = new PromRegistry()
  const { services, counters } = sources
  collectDefaultMetrics({ register: prom })
  for (const name of misnamed) prom.removeSingleMetric(name)

  add(Gauge, 'evenkeel_build_info', 'Version of the gateway and of Node.js', ['version', 'node'], (set) => {
    set({ version: packageVersion, node: versions.node }, 1)
  })
  add(Counter, 'evenkeel_requests_total', 'Requests, by the class of their response', ['backend', 'result'], (set) => {
    for (const [backend, { requests }] of all()) for (const [result, count] of requests) set({ backend, result }, count)
  })
  add(Counter, 'evenkeel_refused_requests_total', 'Requests refused before they could be forwarded, by reason', ['reason'], (set) => {
    for (const [reason, count] of sources.refusals) set({ reason }, count)
  })
  addHistogram('evenkeel_first_byte_seconds', 'Time from the request to the header block of its response', ({ firstByte }) => firstByte)
  addHistogram('evenkeel_request_duration_seconds', 'Time from the request to the end of its response', ({ whole }) => whole)
  add(Counter, 'evenkeel_attempts_total', 'Requests given to a backend, retries included', ['backend'], (set) => {
    for (const backend of services.backends()) set({ backend: backend.name }, counters.of(backend).attempts)
  })
  add(Counter, 'evenkeel_attempt_failures_total', 'Failed attempts, by reason', ['backend', 'reason'], (set) => {
    for (const backend of services.backends()) {
      for (const [reason, count] of counters.of(backend).failures) set({ backend: backend.name, reason }, count)
    }
  })
  add(Counter, 'evenkeel_retries_total', 'Retries, by the failure of the attempt before', ['reason'], (set) => {
    for (const [reason, count] of counters.retries) set({ reason }, count)
  })
  add(Gauge, 'evenkeel_backends', 'Backends, by state', ['state'], (set) => {
    const states = new Map<string, number>()
    for (const { state } of services.backends()) states.set(state, (states.get(state) ?? 0) + 1)
    for (const [state, count] of states) set({ state }, count)
  })
  add(Gauge, 'evenkeel_backends_in_rotation', 'Backends in rotation', [], (set) => { set({}, services.inRotation) })
  add(Gauge, 'evenkeel_backend_in_rotation', '1 for a backend in rotation', ['backend'], (set) => {
    for (const backend of services.backends()) set({ backend: backend.name }, services.isInRotation(backend) ? 1 : 0)
  })
  add(Gauge, 'evenkeel_backend_up', '1 for a healthy backend: its checks pass and it is not ejected', ['backend'], (set) => {
    for (const backend of services.backends()) set({ backend: backend.name }, backend.isUp ? 1 : 0)
  })
  add(
    Gauge,
    'evenkeel_backend_desired_state',
    '1 for the desired state of a backend: ready, draining or maintenance',
    ['backend', 'state'],
    (set) => {
      for (const { name, desiredState } of services.backends()) set({ backend: name, state: desiredState }, 1)
    }
  )
  add(Gauge, 'evenkeel_backend_requests_in_flight', 'Requests in flight at a backend', ['backend'], (set) => {
    for (const { name, inFlight } of services.backends()) set({ backend: name }, inFlight)
  })
  add(Gauge, 'evenkeel_backend_connections', 'Open connections to a backend', ['backend'], (set) => {
    for (const backend of services.backends()) set({ backend: backend.name }, sources.connectionsTo(backend))
  })
  add(Counter, 'evenkeel_backend_ejections_total', 'Ejections of a backend by live traffic', ['backend'], (set) => {
    for (const { name, health } of services.backends()) set({ backend: name }, health.ejectionCount)
  })
  add(Counter, 'evenkeel_health_checks_total', 'Health checks of a backend, by result', ['backend', 'result'], (set) => {
    for (const { name, health: { checkCounts } } of services.backends()) {
      set({ backend: name, result: 'passed' }, checkCounts.passed)
      set({ backend: name, result: 'failed' }, checkCounts.failed)
    }
  })
  add(Gauge, 'evenkeel_config_valid', '1 while the configuration file is in force, 0 after a change was refused', [], (set) => {
    set({}, sources.isConfigValid() ? 1 : 0)
  })
  add(Gauge, 'evenkeel_client_connections', 'Open client connections', [], async (set) => { set({}, await sources.clientConnections()) })
  add(Gauge, 'evenkeel_queued_requests', 'Requests that wait in the queue', [], (set) => { set({}, services.queued) })
  add(Gauge, 'evenkeel_open_tunnels', 'Open tunnels: WebSockets and other upgraded connections', [], (set) => {
    set({}, sources.tunnels())
  })
  add(Counter, 'evenkeel_registry_file_conflicts_total', 'Writes of REGISTRY_FILE that found it changed by another process', [], (set) => {
    set({}, sources.registryFileConflicts())
  })
  return prom

  /** The counters of each current backend, and those of requests without a backend. */
  function all (): Array<[string, BackendCounters]> {
    return [
      ...services.backends().map((backend): [string, BackendCounters] => [backend.name, counters.of(backend)]),
      [noBackend, counters.ofNone]
    ]
  }

  function add (
    Metric: typeof Gauge | typeof Counter,
    name: string,
    help: string,
    labelNames: string[],
    read: (set: SetValue) => void | Promise<void>
  ): void {
    const configuration: GaugeConfiguration<string> & CounterConfiguration<string> = {
      name,
      help,
      labelNames,
      registers: [],
      async collect () {
        this.reset()
        await read((labels, value) => {
          this.inc(labels, value)
        })
      }
    }
    prom.registerMetric(new Metric(configuration))
  }

  function addHistogram (name: string, help: string, which: (of: BackendCounters) => LatencyCounts): void {
    const read = (): Array<[string, LatencyCounts]> =>
      all()
        .filter(([, { requests }]) => requests.size > 0)
        .map(([backend, of]) => [backend, which(of)])
    prom.registerMetric(new LatencyMetric(name, help, read) as never)
  }
}

/** prom-client gauges that are named like counters; they only sum up others, which stay. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** The `backend` label of the gateway's own responses. */
const noBackend = 'none'

/** A histogram that is counted elsewhere, in the shape that prom-client expects of a metric. */
class LatencyMetric {
  readonly name: string
  readonly #help: string
  readonly #read: () => Array<[string, LatencyCounts]>

  constructor (name: string, help: string, read: () => Array<[string, LatencyCounts]>) {
    this.name = name
    this.#help = help
    this.#read = read
  }

  reset (): void {}

  async get (): Promise<object> {
    const values: object[] = []
    for (const [backend, { counts, sumSeconds }] of this.#read()) {
      let total = 0
      for (const [i, count] of counts.entries()) {
        total += count
        values.push({ metricName: `${this.name}_bucket`, labels: { backend, le: latencyBounds[i] ?? '+Inf' }, value: total })
      }
      values.push({ metricName: `${this.name}_sum`, labels: { backend }, value: sumSeconds })
      values.push({ metricName: `${this.name}_count`, labels: { backend }, value: total })
    }
    return { name: this.name, help: this.#help, type: 'histogram', aggregator: 'sum', values }
  }
}
