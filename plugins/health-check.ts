import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Backend } from '../src/backends/backend.ts'
import type { Clock } from '../src/base/clock.ts'
import { CheckSchedule } from '../src/checks/schedule.ts'
import { CheckRunner } from '../src/checks/check-runner.ts'
import { StallWatch } from '../src/checks/stall-watch.ts'

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
  const { services, policies, backendAddresses: { names, guardFor } } = fastify
  const settingsFor = ({ service }: Backend) => policies.of(service).checks
  const runner = new CheckRunner({
    settingsFor,
    tlsFor: ({ service }) => policies.of(service).connections.tls,
    names,
    guardFor,
    clock,
    onThrown: (err) => { fastify.log.error({ err }, 'health check failed in the gateway') }
  })
  const schedule = new CheckSchedule({
    services,
    runner,
    clock,
    random,
    intervalFor: (backend) => settingsFor(backend).intervalMs,
    onError: (error, { name }) => { fastify.log.error({ err: error, backend: name }, 'health check failed to run') }
  })

  fastify.decorate('checkSchedule', schedule)
  const watch = new StallWatch({ services, clock, onStalled: (backend) => { schedule.checkInBackground(backend) } })
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
  const { services, policies, log } = fastify
  const unsubscribe = services.events.subscribe((event) => {
    if (event.type !== 'transition' || event.from !== 'unchecked') return
    if (event.to === 'healthy') return unsubscribe()
    if (event.to !== 'unhealthy' || event.why !== 'status 404') return
    unsubscribe()
    const hint = 'set HEALTH_CHECK_PATH to a path that answers with 200 to 399, or check=tcp for the backend in BACKENDS'
    log.warn(
      { backend: event.backend.name, path: event.backend.healthCheck.path ?? policies.of(event.backend.service).checks.path, hint },
      'the health check got a 404'
    )
  })
}

export default fp(healthCheck, { name: 'health-check', dependencies: ['policies', 'addresses', 'backend-registry'], fastify: '5.x' })
