import { versions } from 'node:process'
import { collectDefaultMetrics, Counter, Gauge, Registry as PromRegistry, type CounterConfiguration, type GaugeConfiguration } from 'prom-client'
import type { Backend } from '../backends/backend.ts'
import type { Registry } from '../backends/registry.ts'
import { packageVersion } from '../package-version.ts'
import { latencyBounds, type LatencyCounts } from './latency-counts.ts'
import type { TrafficCounters } from './traffic-counters.ts'

export interface MetricSources {
  readonly registry: Registry
  readonly counters: TrafficCounters
  readonly queued: () => number
  readonly tunnels: () => number
  readonly connectionsTo: (backend: Backend) => number
}

/** Everything that `/metrics` shows, read when it is asked for, so that requests pay for numbers only. */
export function createExposition (sources: MetricSources): PromRegistry {
  const prom = new PromRegistry()
  const { registry, counters } = sources
  collectDefaultMetrics({ register: prom })

  gauge('evenkeel_build_info', 'Version of the gateway and of Node.js', ['version', 'node'], (set) => { set({ version: packageVersion, node: versions.node }, 1) })
  counter('evenkeel_requests_total', 'Requests, by the class of their answer', ['backend', 'result'], (set) => {
    for (const [backend, { requests }] of counters.byBackend) for (const [result, count] of requests) set({ backend, result }, count)
  })
  counter('evenkeel_attempt_failures_total', 'Attempts that a backend failed, by reason', ['backend', 'reason'], (set) => {
    for (const [backend, { failures }] of counters.byBackend) for (const [reason, count] of failures) set({ backend, reason }, count)
  })
  counter('evenkeel_retries_total', 'Attempts beyond the first of a request', [], (set) => { set({}, counters.retries) })
  gauge('evenkeel_backends', 'Backends, by state', ['state'], (set) => {
    const states = new Map<string, number>()
    for (const { state } of registry.backends()) states.set(state, (states.get(state) ?? 0) + 1)
    for (const [state, count] of states) set({ state }, count)
  })
  gauge('evenkeel_backends_in_rotation', 'Backends that requests go to', [], (set) => { set({}, registry.rotation.length) })
  gauge('evenkeel_backend_up', '1 for a backend in rotation', ['backend'], (set) => {
    for (const backend of registry.backends()) set({ backend: backend.name }, registry.rotation.includes(backend) ? 1 : 0)
  })
  gauge('evenkeel_backend_requests_in_flight', 'Requests in flight at a backend', ['backend'], (set) => {
    for (const { name, inFlight } of registry.backends()) set({ backend: name }, inFlight)
  })
  gauge('evenkeel_backend_connections', 'Open connections to a backend', ['backend'], (set) => {
    for (const backend of registry.backends()) set({ backend: backend.name }, sources.connectionsTo(backend))
  })
  counter('evenkeel_backend_ejections_total', 'Ejections of a backend by live traffic', ['backend'], (set) => {
    for (const { name, passive } of registry.backends()) set({ backend: name }, passive.ejectionCount)
  })
  counter('evenkeel_health_checks_total', 'Health checks of a backend, by result', ['backend', 'result'], (set) => {
    for (const { name, checks } of registry.backends()) {
      set({ backend: name, result: 'passed' }, checks.passed)
      set({ backend: name, result: 'failed' }, checks.failed)
    }
  })
  gauge('evenkeel_queued_requests', 'Requests that wait for a backend', [], (set) => { set({}, sources.queued()) })
  gauge('evenkeel_open_tunnels', 'Connections that have left HTTP by an upgrade', [], (set) => { set({}, sources.tunnels()) })
  prom.registerMetric(new LatencyMetric('evenkeel_first_byte_seconds', 'From the request to the head of its answer', () => histograms('firstByte')) as never)
  prom.registerMetric(new LatencyMetric('evenkeel_request_duration_seconds', 'From the request to the end of its answer', () => histograms('whole')) as never)
  return prom

  function histograms (which: 'firstByte' | 'whole'): Array<[string, LatencyCounts]> {
    return [...counters.byBackend].map(([backend, of]) => [backend, of[which]])
  }

  function gauge (name: string, help: string, labelNames: string[], read: (set: (labels: Record<string, string>, value: number) => void) => void): void {
    const configuration: GaugeConfiguration<string> = {
      name,
      help,
      labelNames,
      registers: [],
      collect () {
        this.reset()
        read((labels, value) => { this.set(labels, value) })
      }
    }
    prom.registerMetric(new Gauge(configuration))
  }

  function counter (name: string, help: string, labelNames: string[], read: (set: (labels: Record<string, string>, value: number) => void) => void): void {
    const configuration: CounterConfiguration<string> = {
      name,
      help,
      labelNames,
      registers: [],
      collect () {
        this.reset()
        read((labels, value) => { this.inc(labels, value) })
      }
    }
    prom.registerMetric(new Counter(configuration))
  }
}

/** A histogram that is counted elsewhere, in the shape that prom-client takes for a metric. */
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
