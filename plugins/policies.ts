import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Balancer, BalancerFactory } from '../src/balancing/balancer.ts'
import { strategies, type StrategyName } from '../src/balancing/strategies.ts'
import type { Clock } from '../src/base/clock.ts'
import { remembered } from '../src/base/remembered.ts'
import type { CheckSettings } from '../src/checks/check-runner.ts'
import { SettingError } from '../src/config/setting-error.ts'
import type { ForwardingLimits } from '../src/forwarding/route.ts'
import { readStatusRange, type StatusRange } from '../src/http/status-range.ts'
import { secretsOf } from '../src/link/process-role.ts'
import { parseHashKey, type HashKey } from '../src/routing/hash-key.ts'
import type { ServiceSettings } from '../src/services/service-settings.ts'
import type { ConnectionSettings } from '../src/upstream/connection-pools.ts'
import { expectation } from './config.ts'

export interface PoliciesOptions {
  readonly clock: Clock
  readonly random: () => number
  /** Takes the place of BALANCER. */
  readonly strategy: BalancerFactory | undefined
}

/** Everything that an operator says of one service. Each part is the same object until it is said anew. */
export interface ServicePolicy {
  readonly settings: ServiceSettings
  readonly checks: CheckSettings
  readonly connections: ConnectionSettings
  readonly hashKey: HashKey
  /** Signs cookies where the service has no secret of its own. */
  readonly stickySecret: string
}

export interface Policies {
  /** Of the service of this name, whether or not there is one yet. */
  of (service: string): ServicePolicy
  /** Of services of which nothing is said. */
  readonly defaults: ServicePolicy
  /** The same function for the same name, so that a balancer goes on while its service keeps its name. */
  balancerOf (name: string): () => Balancer
  hashKeyOf (text: string): HashKey
  /** From now on these hold, by the names of services, and the defaults for all others. */
  apply (policies: ReadonlyMap<string, ServicePolicy>): void
  /** Of routes, where they do not say otherwise. */
  readonly limits: ForwardingLimits
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly policies: Policies
  }
}

/** A probe that has no answer by then counts as failed; one that is answered later still brings its backend back. */
const maxProbeMs = 5000

/** What the settings say of services and routes, and what the configuration file says instead. */
async function policies (fastify: FastifyInstance, { clock, random, strategy }: PoliciesOptions) {
  const { config, role } = fastify
  const stickySecret = config.STICKY_SECRET === '' ? secretsOf(role)?.sticky ?? '' : config.STICKY_SECRET
  const custom = strategy && (() => strategy({ clock, random }))
  const balancerOf = remembered((name: string) => {
    const factory = strategies[name as StrategyName]
    return custom ?? (() => factory({ clock, random }))
  })
  const hashKeyOf = remembered((text: string) => readHashKey(text))
  const defaults: ServicePolicy = {
    settings: {
      balancer: strategy === undefined ? config.BALANCER : 'custom',
      createBalancer: balancerOf(config.BALANCER),
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
        retryBudgetPercent: config.RETRY_BUDGET_PERCENT
      },
      sticky: config.STICKY_COOKIE === '' ? undefined : { cookie: config.STICKY_COOKIE, secret: stickySecret },
      slowStartMs: config.SLOW_START_MS,
      zone: config.ZONE === '' ? undefined : config.ZONE
    },
    checks: {
      path: config.HEALTH_CHECK_PATH,
      timeoutMs: config.HEALTH_CHECK_TIMEOUT_MS,
      intervalMs: config.HEALTH_CHECK_INTERVAL_MS,
      status: statusOf(config.HEALTH_CHECK_STATUS)
    },
    connections: { connectTimeoutMs: config.CONNECT_TIMEOUT_MS, keepAliveMs: config.UPSTREAM_KEEP_ALIVE_MS },
    hashKey: hashKeyOf(config.HASH_KEY),
    stickySecret
  }
  let byService: ReadonlyMap<string, ServicePolicy> = new Map()
  fastify.decorate('policies', {
    of: (service) => byService.get(service) ?? defaults,
    defaults,
    balancerOf,
    hashKeyOf,
    apply (next) {
      byService = new Map([...next].map(([name, policy]) => [name, withUnchanged(byService.get(name) ?? defaults, policy)]))
    },
    limits: {
      responseTimeoutMs: config.RESPONSE_TIMEOUT_MS,
      bodyIdleMs: config.BODY_IDLE_TIMEOUT_MS,
      tunnelIdleMs: config.TUNNEL_IDLE_TIMEOUT_MS,
      retries: config.RETRIES,
      replayBytes: config.RETRY_BODY_BYTES,
      maxBodyBytes: config.MAX_BODY_BYTES
    }
  })
}

/** What says the same as before stays the same object, so that nothing is rebuilt for it. */
function withUnchanged (before: ServicePolicy, after: ServicePolicy): ServicePolicy {
  const kept = {
    settings: isDeepStrictEqual(before.settings, after.settings) ? before.settings : after.settings,
    checks: isDeepStrictEqual(before.checks, after.checks) ? before.checks : after.checks,
    connections: isDeepStrictEqual(before.connections, after.connections) ? before.connections : after.connections
  }
  return { ...after, ...kept }
}

function statusOf (text: string): StatusRange {
  const range = readStatusRange(text)
  if (range === undefined) throw new SettingError('HEALTH_CHECK_STATUS', text, expectation('HEALTH_CHECK_STATUS'))
  return range
}

function readHashKey (setting: string): HashKey {
  const hashKey = parseHashKey(setting)
  if (hashKey === undefined) throw new SettingError('HASH_KEY', setting, expectation('HASH_KEY'))
  return hashKey
}

export default fp(policies, { name: 'policies', dependencies: ['config', 'role'], fastify: '5.x' })
