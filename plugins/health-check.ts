import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/base/clock.ts'
import { SettingError } from '../src/config/setting-error.ts'
import { readStatusRange, type StatusRange } from '../src/http/status-range.ts'
import { CheckSchedule } from '../src/checks/schedule.ts'
import { CheckRunner } from '../src/checks/check-runner.ts'
import { StallWatch } from '../src/checks/stall-watch.ts'
import { expectation } from './config.ts'

export interface HealthCheckOptions {
  readonly clock: Clock
  readonly random: () => number
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
async function healthCheck (fastify: FastifyInstance, { clock, random }: HealthCheckOptions) {
  const { config, services: { default: service }, backendAddresses: { lookup, guardFor } } = fastify
  const runner = new CheckRunner({
    path: config.HEALTH_CHECK_PATH,
    timeoutMs: config.HEALTH_CHECK_TIMEOUT_MS,
    // So that the next check still finds it.
    keepAliveMs: 2 * config.HEALTH_CHECK_INTERVAL_MS,
    status: statusOf(config.HEALTH_CHECK_STATUS),
    lookup,
    guardFor,
    clock,
    onThrown: (err) => { fastify.log.error({ err }, 'health check failed in the gateway') }
  })
  const schedule = new CheckSchedule({
    service,
    runner,
    clock,
    random,
    intervalMs: config.HEALTH_CHECK_INTERVAL_MS,
    onError: (error, { name }) => { fastify.log.error({ err: error, backend: name }, 'health check failed to run') }
  })

  fastify.decorate('checkSchedule', schedule)
  const watch = new StallWatch({ service, clock, onStalled: (backend) => { schedule.checkInBackground(backend) } })
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

function statusOf (text: string): StatusRange {
  const range = readStatusRange(text)
  if (range === undefined) throw new SettingError('HEALTH_CHECK_STATUS', text, expectation('HEALTH_CHECK_STATUS'))
  return range
}

/** The most common first mistake: the backends are up, but have nothing at the path of the health check. Said once. */
function explainNotFound (fastify: FastifyInstance): void {
  const { services, config, log } = fastify
  const unsubscribe = services.default.events.subscribe((event) => {
    if (event.type !== 'transition' || event.from !== 'unchecked') return
    if (event.to === 'healthy') return unsubscribe()
    if (event.to !== 'unhealthy' || event.why !== 'status 404') return
    unsubscribe()
    const hint = 'set HEALTH_CHECK_PATH to a path that answers with 200 to 399, or check=tcp for the backend in BACKENDS'
    log.warn(
      { backend: event.backend.name, path: event.backend.healthCheck.path ?? config.HEALTH_CHECK_PATH, hint },
      'the health check got a 404'
    )
  })
}

export default fp(healthCheck, { name: 'health-check', dependencies: ['config', 'addresses', 'backend-registry'], fastify: '5.x' })
