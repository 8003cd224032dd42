import { promisify } from 'node:util'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/base/clock.ts'
import { addCount } from '../src/base/counts.ts'
import type { RefusalReason } from '../src/downstream/refusals.ts'
import type { HandshakeFailure } from '../src/downstream/tls/handshake-failures.ts'
import { createExposition } from '../src/observe/exposition.ts'
import type { MetricSet } from '../src/observe/metric-set.ts'
import { RouteCounters } from '../src/observe/route-counters.ts'
import { TrafficCounters } from '../src/observe/traffic-counters.ts'
import type { TrafficReport } from '../src/observe/traffic-report.ts'
import { talliesOf, TrafficReporter } from '../src/observe/traffic-reporter.ts'
import { TrafficSampler } from '../src/observe/traffic-sampler.ts'
import { TrafficSecond } from '../src/observe/traffic-second.ts'
import { TrafficTotals } from '../src/observe/traffic-totals.ts'

export interface MetricsOptions {
  readonly clock: Clock
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The traffic, second by second. */
    readonly traffic: TrafficSampler
    /** What `/metrics` shows. */
    readonly exposition: MetricSet
    readonly routeCounters: RouteCounters
    /** What workers have counted, where there are any: it is part of all that is shown of the traffic. */
    readonly trafficTotals: TrafficTotals
    /** All that was counted up to now, for a control that takes the place of this one. */
    takeTrafficReport (): TrafficReport
  }
}

/** Counts the traffic: for Prometheus at `/metrics`, and second by second for the dashboard. */
async function metrics (fastify: FastifyInstance, { clock }: MetricsOptions) {
  const { services, forwarder, exchanges, routes, configFile, admin, listener, refusals, tls } = fastify
  const counters = new TrafficCounters()
  const routeCounters = new RouteCounters()
  const queued = (): number => services.queued + totals.queued
  const sampler = new TrafficSampler({ clock, backends: () => services.backends(), queued })
  exchanges.subscribe((record) => {
    counters.onExchange(record)
    routeCounters.onExchange(record)
    sampler.second.onExchange(record)
  })

  const passedOn = new Map<string, number>()
  const totals = new TrafficTotals({
    counters,
    routeCounters,
    second: sampler.second,
    notable: () => fastify.notableRequests,
    tallies: {
      refusals: (reason, count) => { addCount(refusals.counts, reason as RefusalReason, count) },
      handshakeFailures: (reason, count) => { if (tls !== undefined) addCount(tls.server.failures, reason as HandshakeFailure, count) },
      handshakes: (kind, count) => { if (tls !== undefined) tls.server.handshakes[kind as 'full' | 'resumed'] += count },
      grpc: (name, count) => { counters.addGrpc(name, count) },
      passedOn: (route, count) => { addCount(passedOn, route, count) }
    },
    findBackend: (id) => services.find(id)
  })

  const reporter = new TrafficReporter({
    counters,
    routeCounters,
    second: new TrafficSecond(),
    get notable () { return fastify.notableRequests },
    tallies: {
      ...talliesOf({ refusals, tls, counters }),
      passedOn: () => passedOn
    },
    backends: () => services.backends(),
    connectionsTo: () => 0,
    queues: () => [],
    gauges: () => ({ clientConnections: 0, tunnels: 0, eventLoopUtilization: 0, residentBytes: 0 })
  })
  fastify.decorate('takeTrafficReport', () => reporter.takeAll(Infinity))

  const ownConnections = promisify(listener.getConnections.bind(listener))
  const exposition = createExposition({
    services,
    counters,
    routeCounters,
    routes: () => routes.table.entries.map(({ value }) => value),
    refusals: refusals.counts,
    tunnels: () => listener.tunnels + totals.tunnels,
    queued: ({ name, queue }) => queue.length + totals.queuedFor(name),
    passedOn: ({ info: { id, name = id }, passedOn: own }) => own + (passedOn.get(name) ?? 0),
    connectionsTo: (backend) => forwarder.connectionsTo(backend) + totals.connectionsTo(backend),
    registryFileConflicts: fastify.registryFileConflicts,
    isConfigValid: () => configFile.state.state !== 'refused',
    configLoadedAt: () => configFile.state.since === null ? undefined : Date.parse(configFile.state.since),
    discoveryAges: () => fastify.discovery.states(),
    clientConnections: async () => await ownConnections() + totals.clientConnections
  })
  admin.get('/metrics', { schema: { hide: true }, onRequest: fastify.refuseCrossSite }, async (_request, reply) => {
    return await reply.type(exposition.prom.contentType).send(await exposition.prom.metrics())
  })

  fastify.decorate('exposition', exposition)
  fastify.decorate('traffic', sampler)
  fastify.decorate('routeCounters', routeCounters)
  fastify.decorate('trafficTotals', totals)
  fastify.addHook('onReady', () => { sampler.start() })
  fastify.addHook('onClose', () => { sampler.stop() })
}

export default fp(metrics, {
  name: 'metrics', dependencies: ['admin', 'discovery', 'downstream', 'proxy', 'registrations', 'routes', 'tls'], fastify: '5.x'
})
