import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { BackendState } from '../src/backends/backend.ts'
import type { BackendSpec } from '../src/backends/spec.ts'
import { newEntry, type RegistryStore } from '../src/registry/store.ts'
import { MemoryStore } from '../src/registry/memory-store.ts'
import { EventLog } from '../src/services/events.ts'
import { Service } from '../src/services/service.ts'
import type { BalancerFactory } from '../src/balancing/balancer.ts'
import { strategies } from '../src/balancing/strategies.ts'
import type { Clock } from '../src/base/clock.ts'
import { parseBackends } from '../src/backends/backends-setting.ts'
import { SettingError } from '../src/config/setting-error.ts'

export interface BackendRegistryOptions {
  readonly clock: Clock
  readonly random: () => number
  /** Takes the place of BALANCER. */
  readonly strategy: BalancerFactory | undefined
}

/** By name: there is one. */
export interface Services {
  readonly default: Service
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Which backends there are. */
    readonly registry: RegistryStore
    readonly services: Services
    /** As in BALANCER; `custom` for one of the owner's. */
    readonly strategyName: string
  }
}

/** A probe that has no answer by then counts as failed; one that is answered later still brings its backend back. */
const maxProbeMs = 5000

const words = { join: 'backend has joined', leave: 'backend has left', change: 'backend has changed' }

/** Degraded, but requests are served by the others. */
const worrying: ReadonlySet<BackendState> = new Set<BackendState>(['unhealthy', 'ejected'])

/** The registry and the service of its backends, each change of whose state is logged once. */
async function backendRegistry (fastify: FastifyInstance, { clock, random, strategy }: BackendRegistryOptions) {
  const { config } = fastify
  const createBalancer = strategy ?? strategies[config.BALANCER]
  const store = new MemoryStore()
  const service = new Service({
    name: 'default',
    store,
    events: new EventLog(),
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
    limits: {
      maxRequestsPerBackend: config.MAX_REQUESTS_PER_BACKEND,
      queueSize: config.QUEUE_SIZE,
      queueTimeoutMs: config.QUEUE_TIMEOUT_MS,
      retries: config.RETRIES,
      retryBudgetPercent: config.RETRY_BUDGET_PERCENT
    },
    sticky: config.STICKY_COOKIE === '' ? undefined : { cookie: config.STICKY_COOKIE, secret: config.STICKY_SECRET },
    slowStartMs: config.SLOW_START_MS,
    zone: config.ZONE === '' ? undefined : config.ZONE
  })
  for (const spec of configuredBackends(config.BACKENDS)) store.put(newEntry(spec, 'configured'), 'configured')

  logChanges(service, fastify.log)
  fastify.addHook('onClose', () => { service.close() })

  fastify.decorate('registry', store)
  fastify.decorate('services', { default: service })
  fastify.decorate('strategyName', strategy === undefined ? config.BALANCER : 'custom')
}

function configuredBackends (setting: string): BackendSpec[] {
  const specs = parseBackends(setting)
  if ('problem' in specs) throw new SettingError('BACKENDS', specs.entry, specs.problem)
  return specs
}

function logChanges (service: Service, log: FastifyBaseLogger): void {
  let hasAny = service.rotation.length > 0
  let isMissed = false

  service.events.subscribe((event) => {
    const { type, backend: { name: backend }, why, inRotation } = event
    if (type === 'transition') {
      const level = worrying.has(event.to) ? 'warn' : 'info'
      log[level]({ backend, from: event.from, to: event.to, why, inRotation }, `backend is ${event.to}`)
    } else {
      log.info({ backend, why, inRotation }, words[type])
    }

    const hadAny = hasAny
    hasAny = service.rotation.length > 0
    if (hasAny === hadAny) return
    if (!hasAny) log.error({ backends: service.backends().length }, 'no backend is left in rotation')
    else if (isMissed) log.info({ backend, inRotation }, 'a backend is in rotation again')
    isMissed = !hasAny
  })
}

export default fp(backendRegistry, { name: 'backend-registry', dependencies: ['config'], fastify: '5.x' })
