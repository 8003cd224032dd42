import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Registry } from '../src/backends/registry.ts'
import { roundRobin } from '../src/balancing/round-robin.ts'
import { parseBackends } from '../src/config/backends-setting.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly registry: Registry
  }
}

/** Holds the backends, and logs each change of their state once. */
async function backendRegistry (fastify: FastifyInstance) {
  const { BACKENDS, HEALTH_CHECK_FALL: fall, HEALTH_CHECK_RISE: rise, MAX_REQUESTS_PER_BACKEND: maxRequestsPerBackend } = fastify.config
  const registry = new Registry({ balancer: roundRobin(), thresholds: { fall, rise }, maxRequestsPerBackend })
  for (const spec of parseBackends(BACKENDS)) registry.add(spec)

  registry.subscribe(({ backend, from, to, why }) => {
    fastify.log.info({ backend: backend.name, from, to, why, inRotation: registry.rotation.length }, `backend is ${to}`)
  })

  fastify.decorate('registry', registry)
}

export default fp(backendRegistry, { name: 'backend-registry', dependencies: ['config'], fastify: '5.x' })
