import createFastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import accessLog from '../plugins/access-log.ts'
import acme from '../plugins/acme.ts'
import acmeChallenges from '../plugins/acme-challenges.ts'
import addresses from '../plugins/addresses.ts'
import admin from '../plugins/admin.ts'
import announcements from '../plugins/announcements.ts'
import backendRegistry from '../plugins/backend-registry.ts'
import catchAll from '../plugins/catch-all.ts'
import config from '../plugins/config.ts'
import configFile from '../plugins/config-file.ts'
import configuredBackends from '../plugins/configured-backends.ts'
import dashboard from '../plugins/dashboard.ts'
import demoBackends from '../plugins/demo-backends.ts'
import discovery from '../plugins/discovery.ts'
import downstream, { trafficServerOptions } from '../plugins/downstream.ts'
import drain from '../plugins/drain.ts'
import healthCheck from '../plugins/health-check.ts'
import errors from '../plugins/errors.ts'
import eventStream from '../plugins/event-stream.ts'
import explain from '../plugins/explain.ts'
import metrics from '../plugins/metrics.ts'
import notableRequests from '../plugins/notable-requests.ts'
import ownerHooks from '../plugins/owner-hooks.ts'
import ownerPlugins from '../plugins/owner-plugins.ts'
import policies from '../plugins/policies.ts'
import proxy from '../plugins/proxy.ts'
import registrations from '../plugins/registrations.ts'
import registryApi from '../plugins/registry-api.ts'
import requestAddress from '../plugins/request-address.ts'
import servicesApi from '../plugins/services-api.ts'
import requestRoute from '../plugins/request-route.ts'
import requestId from '../plugins/request-id.ts'
import role from '../plugins/role.ts'
import routes from '../plugins/routes.ts'
import tls from '../plugins/tls.ts'
import clientCertificates from '../plugins/client-certificates.ts'
import tlsApi from '../plugins/tls-api.ts'
import tlsMetrics from '../plugins/tls-metrics.ts'
import tokenGuard from '../plugins/token-guard.ts'
import trafficReporter from '../plugins/traffic-reporter.ts'
import workerHub from '../plugins/worker-hub.ts'
import workerReports from '../plugins/worker-reports.ts'
import workers from '../plugins/workers.ts'
import type { BalancerFactory } from './balancing/balancer.ts'
import { systemClock, type Clock } from './base/clock.ts'
import { Listener } from './downstream/listener.ts'
import { Refusals } from './downstream/refusals.ts'
import type { ProcessRole } from './link/process-role.ts'
import type { OwnerPlugin } from './plugin-files.ts'
import { withLazyRequestChildren } from './observe/request-logger.ts'
import type { Resolve } from './upstream/names.ts'

export interface AppOptions {
  /** The settings, as environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** A file with more settings; `env` takes precedence. By default none is read. */
  readonly envFile?: string
  /** Nothing is logged by default. */
  readonly logger?: FastifyBaseLogger
  /** Your plugins, or files whose default export is one: registered after the settings and before the catch-all. */
  readonly plugins?: ReadonlyArray<OwnerPlugin | string>
  /** Your own strategy; replaces BALANCER. */
  readonly strategy?: BalancerFactory
  readonly clock?: Clock
  /** From 0 up to 1, like `Math.random`. */
  readonly random?: () => number
  /** Resolves the names of backends; by default the operating system does. */
  readonly resolve?: Resolve
}

/**
 * Builds the gateway: a Fastify instance for the traffic, with the admin listener as `app.admin`. Nothing listens yet.
 * Rejects with a `SettingError` if a setting is invalid. It is one process, whatever WORKERS says.
 */
export async function createApp (options: AppOptions): Promise<FastifyInstance> {
  return await createPart(options, { type: 'alone' })
}

/** As `createApp`, of what one process of several does: workers have the traffic, and control has all the rest. */
export async function createPart (options: AppOptions, part: ProcessRole): Promise<FastifyInstance> {
  const { env, envFile, logger, plugins = [], strategy, clock = systemClock, random = Math.random, resolve } = options
  const listener = new Listener({ refusals: new Refusals() })
  const app = createFastify({ ...trafficServerOptions(listener), ...(logger && { loggerInstance: withLazyRequestChildren(logger) }) })
  const isWorker = part.type === 'worker'

  // The foundation: settings, backends and their health.
  await app.register(config, { env, envFile })
  await app.register(role, { clock, role: part })
  await app.register(addresses, { clock, resolve })
  await app.register(policies, { clock, random, strategy })
  await app.register(configFile, { clock })
  await app.register(backendRegistry, { clock, random })
  await app.register(announcements, { clock })
  if (!isWorker) {
    await app.register(registrations, { clock })
    await app.register(configuredBackends)
    await app.register(discovery, { clock, random })
    await app.register(demoBackends)
    await app.register(healthCheck, { clock, random })
  }

  // The way of a request.
  await app.register(downstream, { clock, listener })
  await app.register(acme, { clock, random })
  await app.register(tls, { clock })
  await app.register(clientCertificates)
  await app.register(errors)
  await app.register(requestId)
  await app.register(tokenGuard, { clock })
  await app.register(requestAddress)
  await app.register(routes, { random })
  await app.register(proxy, { clock, random })
  await app.register(requestRoute)
  await app.register(ownerHooks)
  await app.register(catchAll) // adds its route when the application starts, after all of the owner's routes
  await app.register(acmeChallenges)
  await app.register(ownerPlugins, { plugins })
  await app.register(accessLog)

  // What operators use.
  await app.register(drain, { clock })
  await app.register(admin, { clock })
  if (isWorker) {
    await app.register(trafficReporter, { clock })
    await app.register(workerReports, { clock })
    return app
  }
  await app.register(registryApi)
  await app.register(metrics, { clock })
  await app.register(servicesApi)
  await app.register(tlsApi, { clock })
  await app.register(tlsMetrics)
  await app.register(workerHub, { clock })
  await app.register(workers)
  await app.register(notableRequests, { clock })
  await app.register(eventStream)
  await app.register(explain)
  await app.register(dashboard)
  return app
}
