import type { LookupFunction } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Backend } from '../src/backends/backend.ts'
import type { Clock } from '../src/base/clock.ts'
import { parseStatusRange } from '../src/config/status-range.ts'
import { CheckSchedule } from '../src/checks/schedule.ts'
import { CheckRunner } from '../src/checks/check-runner.ts'
import { StallWatch } from '../src/checks/stall-watch.ts'
import type { Guard } from '../src/upstream/guard.ts'

export interface HealthCheckOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly lookup: LookupFunction
  /** For backends whose address is not the operator's word. */
  readonly guardFor: (backend: Backend) => Guard | undefined
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly checkSchedule: CheckSchedule
  }
}

/**
 * Checks the backends on a schedule of their own. Not by @fastify/schedule: its jobs repeat at a fixed interval, which
 * leaves no room for jitter, for a schedule per backend, and for planning the next check when the last one has ended.
 */
async function healthCheck (fastify: FastifyInstance, { clock, random, lookup, guardFor }: HealthCheckOptions) {
  const { config, registry } = fastify
  const runner = new CheckRunner({
    path: config.HEALTH_CHECK_PATH,
    timeoutMs: config.HEALTH_CHECK_TIMEOUT_MS,
    // So that the next check still finds it.
    keepAliveMs: 2 * config.HEALTH_CHECK_INTERVAL_MS,
    status: parseStatusRange(config.HEALTH_CHECK_STATUS),
    lookup,
    guardFor,
    clock,
    onThrown: (err) => { fastify.log.error({ err }, 'health check failed in the gateway') }
  })
  const schedule = new CheckSchedule({
    registry,
    runner,
    clock,
    random,
    intervalMs: config.HEALTH_CHECK_INTERVAL_MS,
    onError: (error, { name }) => { fastify.log.error({ err: error, backend: name }, 'health check failed to run') }
  })

  fastify.decorate('checkSchedule', schedule)
  const watch = new StallWatch({ registry, clock, onStalled: (backend) => { schedule.checkInBackground(backend) } })
  explainNotFound(fastify)
  fastify.addHook('onReady', async () => {
    await schedule.start()
    watch.start()
  })
  fastify.addHook('onClose', () => {
    watch.stop()
    schedule.stop()
  })
}

/** The most common first mistake: the backends are up, but have nothing at the path of the health check. Said once. */
function explainNotFound (fastify: FastifyInstance): void {
  const { registry, config, log } = fastify
  const unsubscribe = registry.events.subscribe((event) => {
    if (event.type !== 'transition' || event.from !== 'unchecked') return
    if (event.to === 'healthy') return unsubscribe()
    if (event.to !== 'unhealthy' || event.why !== 'status 404') return
    unsubscribe()
    const hint = 'set HEALTH_CHECK_PATH to a path that answers with 200 to 399, or check=tcp for the backend in BACKENDS'
    log.warn({ backend: event.backend.name, path: event.backend.healthCheck.path ?? config.HEALTH_CHECK_PATH, hint }, 'the health check got a 404')
  })
}

export default fp(healthCheck, { name: 'health-check', dependencies: ['config', 'backend-registry'], fastify: '5.x' })
