import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Registry } from '../src/backends/registry.ts'
import type { BalancerFactory } from '../src/balancing/balancer.ts'
import { strategies } from '../src/balancing/strategies.ts'
import type { Clock } from '../src/clock.ts'
import { parseBackends } from '../src/config/backends-setting.ts'

export interface BackendRegistryOptions {
  readonly clock: Clock
  readonly random: () => number
  /** Takes the place of BALANCER. */
  readonly strategy: BalancerFactory | undefined
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly registry: Registry
  }
}

/** Holds the backends, and logs each change of their state once. */
async function backendRegistry (fastify: FastifyInstance, { clock, random, strategy }: BackendRegistryOptions) {
  const { config } = fastify
  const createBalancer = strategy ?? strategies[config.BALANCER]
  const registry = new Registry({
    createBalancer: () => createBalancer({ clock, random }),
    clock,
    random,
    thresholds: { fall: config.HEALTH_CHECK_FALL, rise: config.HEALTH_CHECK_RISE },
    outliers: {
      failures: config.OUTLIER_FAILURES,
      ejectMs: config.OUTLIER_EJECT_MS,
      maxEjectedPercent: config.OUTLIER_MAX_EJECTED_PERCENT
    },
    maxRequestsPerBackend: config.MAX_REQUESTS_PER_BACKEND,
    slowStartMs: config.SLOW_START_MS,
    zone: config.ZONE === '' ? undefined : config.ZONE
  })
  for (const spec of parseBackends(config.BACKENDS)) registry.add(spec)

  registry.transitions.subscribe(({ backend, from, to, why }) => {
    fastify.log.info({ backend: backend.name, from, to, why, inRotation: registry.rotation.length }, `backend is ${to}`)
  })
  fastify.addHook('onClose', () => { registry.close() })

  fastify.decorate('registry', registry)
}

export default fp(backendRegistry, { name: 'backend-registry', dependencies: ['config'], fastify: '5.x' })
