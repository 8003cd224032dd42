import { versions } from 'node:process'
import { collectDefaultMetrics } from 'prom-client'
import type { Backend } from '../backends/backend.ts'
import type { ForwardingRoute } from '../forwarding/route.ts'
import type { Service } from '../services/service.ts'
import type { Services } from '../services/services.ts'
import { packageVersion } from '../base/package-version.ts'
import type { LatencyCounts } from './latency-counts.ts'
import { MetricSet, type Labels } from './metric-set.ts'
import type { RouteCounters } from './route-counters.ts'
import type { BackendCounters, TrafficCounters } from './traffic-counters.ts'

export interface MetricSources {
  readonly services: Services
  readonly counters: TrafficCounters
  readonly routeCounters: RouteCounters
  readonly routes: () => readonly ForwardingRoute[]
  /** Requests refused before they could be forwarded, by reason. */
  readonly refusals: ReadonlyMap<string, number>
  readonly tunnels: () => number
  /** Requests in flight at a backend, and those that wait for one of a service. */
  readonly queued: (service: Service) => number
  /** Requests of a split that went to another service. */
  readonly passedOn: (route: ForwardingRoute) => number
  readonly connectionsTo: (backend: Backend) => number
  readonly registryFileConflicts: () => number
  readonly isConfigValid: () => boolean
  /** When the configuration file in force was read, in ms since the epoch; undefined without a file. */
  readonly configLoadedAt: () => number | undefined
  /** In ms since the last answer, by service; null before the first. */
  readonly discoveryAges: () => ReadonlyMap<string, { readonly ageMs: number | null }>
  readonly clientConnections: () => Promise<number>
}

/** Everything that `/metrics` shows. */
export function createExposition (sources: MetricSources): MetricSet {
  const metrics = new MetricSet()
  collectDefaultMetrics({ register: metrics.prom })
  for (const name of misnamed) metrics.prom.removeSingleMetric(name)
  addTraffic(metrics, sources)
  addBackends(metrics, sources)
  addServices(metrics, sources)
  addRoutes(metrics, sources)
  addGateway(metrics, sources)
  return metrics
}

/** prom-client gauges that are named like counters; they only sum up others, which stay. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** The labels `backend` and `service` of requests that no backend got, or no service. */
const none = 'none'

/** The label `route` of routes without a name. */
const other = 'other'

function labelsOf ({ service, name }: Pick<Backend, 'service' | 'name'>): Labels {
  return { service, backend: name }
}

function addTraffic (metrics: MetricSet, { services, counters }: MetricSources): void {
  /** The counters of each current backend, and those of requests without a backend. */
  function all (): Array<readonly [Labels, BackendCounters]> {
    return [
      ...services.backends().map((backend) => [labelsOf(backend), counters.of(backend)] as const),
      ...[...counters.withoutBackend].filter(([service]) => service === undefined || services.get(service) !== undefined)
        .map(([service = none, each]) => [{ service, backend: none }, each] as const)
    ]
  }
  function latencies (which: (of: BackendCounters) => LatencyCounts) {
    return () => all().filter(([, { requests }]) => requests.size > 0).map(([labels, of]) => [labels, which(of)] as const)
  }

  metrics.counter('evenkeel_requests_total', 'Requests, by the class of their response', ['service', 'backend', 'result'], (add) => {
    for (const [labels, { requests }] of all()) for (const [result, count] of requests) add({ ...labels, result }, count)
  })
  metrics.histogram(
    'evenkeel_first_byte_seconds', 'Time from the request to the header block of its response', latencies(({ firstByte }) => firstByte)
  )
  metrics.histogram(
    'evenkeel_request_duration_seconds', 'Time from the request to the end of its response', latencies(({ whole }) => whole)
  )
  metrics.counter('evenkeel_grpc_responses_total', 'gRPC calls, by the grpc-status that they ended with', ['service', 'code'], (add) => {
    for (const [service, calls] of counters.grpcCalls) {
      if (service !== undefined && services.get(service) === undefined) continue
      for (const [code, count] of calls) add({ service: service ?? none, code }, count)
    }
  })
  metrics.counter('evenkeel_attempts_total', 'Requests given to a backend, retries included', ['service', 'backend'], (add) => {
    for (const backend of services.backends()) add(labelsOf(backend), counters.of(backend).attempts)
  })
  metrics.counter('evenkeel_attempt_failures_total', 'Failed attempts, by reason', ['service', 'backend', 'reason'], (add) => {
    for (const backend of services.backends()) {
      for (const [reason, count] of counters.of(backend).failures) add({ ...labelsOf(backend), reason }, count)
    }
  })
  metrics.counter('evenkeel_retries_total', 'Retries, by the failure of the attempt before', ['service', 'reason'], (add) => {
    for (const { name: service } of services.all()) {
      for (const [reason, count] of counters.retriesOf(service)) add({ service, reason }, count)
    }
  })
}

function addBackends (metrics: MetricSet, { services, connectionsTo }: MetricSources): void {
  const labels = ['service', 'backend']
  metrics.gauge('evenkeel_backend_in_rotation', '1 for a backend in rotation', labels, (add) => {
    for (const backend of services.backends()) add(labelsOf(backend), services.isInRotation(backend) ? 1 : 0)
  })
  metrics.gauge('evenkeel_backend_up', '1 for a healthy backend: its checks pass and it is not ejected', labels, (add) => {
    for (const backend of services.backends()) add(labelsOf(backend), backend.isUp ? 1 : 0)
  })
  const desiredState = '1 for the desired state of a backend: ready, draining or maintenance'
  metrics.gauge('evenkeel_backend_desired_state', desiredState, [...labels, 'state'], (add) => {
    for (const backend of services.backends()) add({ ...labelsOf(backend), state: backend.desiredState }, 1)
  })
  metrics.gauge('evenkeel_backend_requests_in_flight', 'Requests in flight at a backend', labels, (add) => {
    for (const backend of services.backends()) add(labelsOf(backend), backend.inFlight)
  })
  metrics.gauge('evenkeel_backend_connections', 'Open connections to a backend', labels, (add) => {
    for (const backend of services.backends()) add(labelsOf(backend), connectionsTo(backend))
  })
  metrics.counter('evenkeel_backend_ejections_total', 'Ejections of a backend by live traffic', labels, (add) => {
    for (const backend of services.backends()) add(labelsOf(backend), backend.health.ejectionCount)
  })
  metrics.counter('evenkeel_health_checks_total', 'Health checks of a backend, by result', [...labels, 'result'], (add) => {
    for (const backend of services.backends()) {
      const { passed, failed } = backend.health.checkCounts
      add({ ...labelsOf(backend), result: 'passed' }, passed)
      add({ ...labelsOf(backend), result: 'failed' }, failed)
    }
  })
}

function addServices (metrics: MetricSet, { services, routes, queued, discoveryAges }: MetricSources): void {
  /** `default` is always there; beside others it counts only where it has backends, or a route leads to it. */
  function used (): readonly Service[] {
    const all = services.all()
    if (all.length === 1) return all
    return all.filter((service) => service !== services.default || service.backends().length > 0 || isReached(service))
  }
  function isReached (service: Service): boolean {
    return routes().some((route) => route.info.destination.type !== 'redirect' && route.services.some((each) => each.service === service))
  }

  metrics.gauge('evenkeel_backends', 'Backends, by state', ['service', 'state'], (add) => {
    for (const { service, state } of services.backends()) add({ service, state }, 1)
  })
  metrics.gauge('evenkeel_backends_in_rotation', 'Backends in rotation', ['service'], (add) => {
    for (const { name: service, rotation } of used()) add({ service }, rotation.length)
  })
  metrics.gauge('evenkeel_queued_requests', 'Requests that wait in the queue', ['service'], (add) => {
    for (const service of used()) add({ service: service.name }, queued(service))
  })
  metrics.gauge('evenkeel_discovery_age_seconds', 'Time since discovery has last learnt the backends of a service', ['service'], (add) => {
    for (const [service, { ageMs }] of discoveryAges()) if (ageMs !== null) add({ service }, ageMs / 1000)
  })
}

function addRoutes (metrics: MetricSet, { routeCounters, routes, passedOn }: MetricSources): void {
  /** The named routes in force, and all others together. */
  function all () {
    const named = routes().flatMap(({ info: { name } }) => name === undefined ? [] : [[{ route: name }, routeCounters.of(name)] as const])
    return [...named, [{ route: other }, routeCounters.ofOthers] as const].filter(([, { requests }]) => requests.size > 0)
  }

  metrics.counter(
    'evenkeel_route_requests_total', 'Requests of a named route, by the class of their response', ['route', 'result'], (add) => {
      for (const [labels, { requests }] of all()) for (const [result, count] of requests) add({ ...labels, result }, count)
    }
  )
  metrics.histogram('evenkeel_route_duration_seconds', 'Time from the request of a named route to the end of its response', () =>
    all().map(([labels, { whole }]) => [labels, whole] as const))
  metrics.counter(
    'evenkeel_route_passed_on_total', 'Requests of a split that went to another service, as theirs had no backend', ['route'], (add) => {
      for (const route of routes()) {
        const { name, destination } = route.info
        if (name !== undefined && destination.type === 'split') add({ route: name }, passedOn(route))
      }
    }
  )
}

function addGateway (metrics: MetricSet, sources: MetricSources): void {
  metrics.gauge('evenkeel_build_info', 'Version of the gateway and of Node.js', ['version', 'node'], (add) => {
    add({ version: packageVersion, node: versions.node }, 1)
  })
  metrics.counter('evenkeel_refused_requests_total', 'Requests refused before they could be forwarded, by reason', ['reason'], (add) => {
    for (const [reason, count] of sources.refusals) add({ reason }, count)
  })
  metrics.gauge('evenkeel_config_valid', '1 while the configuration file is in force, 0 after a change was refused', [], (add) => {
    add({}, sources.isConfigValid() ? 1 : 0)
  })
  metrics.gauge('evenkeel_config_loaded_timestamp_seconds', 'When the configuration file in force was read', [], (add) => {
    const at = sources.configLoadedAt()
    if (at !== undefined) add({}, at / 1000)
  })
  metrics.gauge('evenkeel_client_connections', 'Open client connections', [], async (add) => { add({}, await sources.clientConnections()) })
  metrics.gauge('evenkeel_open_tunnels', 'Open tunnels: WebSockets and other upgraded connections', [], (add) => {
    add({}, sources.tunnels())
  })
  const conflicts = 'Writes of REGISTRY_FILE that found it changed by another process'
  metrics.counter('evenkeel_registry_file_conflicts_total', conflicts, [], (add) => { add({}, sources.registryFileConflicts()) })
}
