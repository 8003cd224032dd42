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
    /** As in BALANCER; `custom` for one of the owner's. */
    readonly strategyName: string
  }
}

/** A probe that has no answer by then counts as failed; one that is answered later still brings its backend back. */
const maxProbeMs = 5000

const words = { join: 'backend has joined', leave: 'backend has left', change: 'backend has changed' }

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
    probeTimeoutMs: Math.min(config.RESPONSE_TIMEOUT_MS, maxProbeMs),
    maxRequestsPerBackend: config.MAX_REQUESTS_PER_BACKEND,
    slowStartMs: config.SLOW_START_MS,
    zone: config.ZONE === '' ? undefined : config.ZONE
  })
  for (const spec of parseBackends(config.BACKENDS)) registry.add(spec)

  registry.events.subscribe((event) => {
    const { type, backend: { name: backend }, why, inRotation } = event
    if (type === 'transition') fastify.log.info({ backend, from: event.from, to: event.to, why, inRotation }, `backend is ${event.to}`)
    else fastify.log.info({ backend, why, inRotation }, words[type])
  })
  fastify.addHook('onClose', () => { registry.close() })

  fastify.decorate('registry', registry)
  fastify.decorate('strategyName', strategy === undefined ? config.BALANCER : 'custom')
}

export default fp(backendRegistry, { name: 'backend-registry', dependencies: ['config'], fastify: '5.x' })
