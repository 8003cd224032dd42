import { promisify } from 'node:util'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/base/clock.ts'
import { createExposition } from '../src/observe/exposition.ts'
import { TrafficCounters } from '../src/observe/traffic-counters.ts'
import { TrafficSampler } from '../src/observe/traffic-sampler.ts'

export interface MetricsOptions {
  readonly clock: Clock
  readonly random: () => number
}

declare module 'fastify' {
  interface FastifyInstance {
    /** What went through, second by second. */
    readonly traffic: TrafficSampler
  }
}

/** Counts the traffic: for Prometheus at `/metrics`, and second by second for the dashboard. */
async function metrics (fastify: FastifyInstance, { clock, random }: MetricsOptions) {
  const { services, forwarder, exchangeListeners, admin } = fastify
  const counters = new TrafficCounters()
  const sampler = new TrafficSampler({ clock, random, backends: () => services.default.backends(), queued: () => forwarder.queued })
  exchangeListeners.add((exchange) => {
    counters.onExchange(exchange)
    sampler.onExchange(exchange)
  })

  const exposition = createExposition({
    service: services.default,
    counters,
    refusals: fastify.refusals.counts,
    queued: () => forwarder.queued,
    tunnels: () => fastify.upgradedSockets.size,
    connectionsTo: (backend) => forwarder.connectionsTo(backend),
    registryFileConflicts: fastify.registryFileConflicts,
    clientConnections: promisify(fastify.server.getConnections.bind(fastify.server))
  })
  admin.get('/metrics', { schema: { hide: true }, onRequest: fastify.refuseCrossSite }, async (_request, reply) => {
    return await reply.type(exposition.contentType).send(await exposition.metrics())
  })

  fastify.decorate('traffic', sampler)
  fastify.addHook('onReady', () => { sampler.start() })
  fastify.addHook('onClose', () => { sampler.stop() })
}

export default fp(metrics, { name: 'metrics', dependencies: ['admin', 'client-limits', 'proxy', 'registrations'], fastify: '5.x' })
