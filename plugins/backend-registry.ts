import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { BackendState } from '../src/backends/backend.ts'
import { Registry } from '../src/services/registry.ts'
import type { BalancerFactory } from '../src/balancing/balancer.ts'
import { strategies } from '../src/balancing/strategies.ts'
import type { Clock } from '../src/base/clock.ts'
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

/** Degraded, but requests are served by the others. */
const worrying: ReadonlySet<BackendState> = new Set<BackendState>(['unhealthy', 'ejected'])

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

  logChanges(registry, fastify.log)
  fastify.addHook('onClose', () => { registry.close() })

  fastify.decorate('registry', registry)
  fastify.decorate('strategyName', strategy === undefined ? config.BALANCER : 'custom')
}

function logChanges (registry: Registry, log: FastifyBaseLogger): void {
  let hasAny = registry.rotation.length > 0
  let isMissed = false

  registry.events.subscribe((event) => {
    const { type, backend: { name: backend }, why, inRotation } = event
    if (type !== 'transition') log.info({ backend, why, inRotation }, words[type])
    else log[worrying.has(event.to) ? 'warn' : 'info']({ backend, from: event.from, to: event.to, why, inRotation }, `backend is ${event.to}`)

    const hadAny = hasAny
    hasAny = registry.rotation.length > 0
    if (hasAny === hadAny) return
    if (!hasAny) log.error({ backends: registry.backends().length }, 'no backend is left in rotation')
    else if (isMissed) log.info({ backend, inRotation }, 'a backend is in rotation again')
    isMissed = !hasAny
  })
}

export default fp(backendRegistry, { name: 'backend-registry', dependencies: ['config'], fastify: '5.x' })
