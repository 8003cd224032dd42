import { promisify } from 'node:util'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/base/clock.ts'
import { createExposition } from '../src/observe/exposition.ts'
import type { MetricSet } from '../src/observe/metric-set.ts'
import { RouteCounters } from '../src/observe/route-counters.ts'
import { TrafficCounters } from '../src/observe/traffic-counters.ts'
import { TrafficSampler } from '../src/observe/traffic-sampler.ts'

export interface MetricsOptions {
  readonly clock: Clock
  readonly random: () => number
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The traffic, second by second. */
    readonly traffic: TrafficSampler
    /** What `/metrics` shows. */
    readonly exposition: MetricSet
  }
}

/** Counts the traffic: for Prometheus at `/metrics`, and second by second for the dashboard. */
async function metrics (fastify: FastifyInstance, { clock, random }: MetricsOptions) {
  const { services, forwarder, exchanges, routes, configFile, admin } = fastify
  const counters = new TrafficCounters()
  const routeCounters = new RouteCounters()
  const sampler = new TrafficSampler({ clock, random, backends: () => services.backends(), queued: () => services.queued })
  exchanges.subscribe((record) => {
    counters.onExchange(record)
    routeCounters.onExchange(record)
    sampler.onExchange(record)
  })

  const exposition = createExposition({
    services,
    counters,
    routeCounters,
    routes: () => routes.table.entries.map(({ value }) => value),
    refusals: fastify.refusals.counts,
    tunnels: () => fastify.listener.tunnels,
    connectionsTo: (backend) => forwarder.connectionsTo(backend),
    registryFileConflicts: fastify.registryFileConflicts,
    isConfigValid: () => configFile.state.state !== 'refused',
    configLoadedAt: () => configFile.state.since === null ? undefined : Date.parse(configFile.state.since),
    discoveryAges: () => fastify.discovery.states(),
    clientConnections: promisify(fastify.listener.getConnections.bind(fastify.listener))
  })
  admin.get('/metrics', { schema: { hide: true }, onRequest: fastify.refuseCrossSite }, async (_request, reply) => {
    return await reply.type(exposition.prom.contentType).send(await exposition.prom.metrics())
  })

  fastify.decorate('exposition', exposition)
  fastify.decorate('traffic', sampler)
  fastify.addHook('onReady', () => { sampler.start() })
  fastify.addHook('onClose', () => { sampler.stop() })
}

export default fp(metrics, {
  name: 'metrics', dependencies: ['admin', 'discovery', 'downstream', 'proxy', 'registrations', 'routes'], fastify: '5.x'
})
