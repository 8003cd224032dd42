import createFastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import accessLog from '../plugins/access-log.ts'
import admin from '../plugins/admin.ts'
import backendRegistry from '../plugins/backend-registry.ts'
import catchAll from '../plugins/catch-all.ts'
import config from '../plugins/config.ts'
import dashboard from '../plugins/dashboard.ts'
import demoBackends from '../plugins/demo-backends.ts'
import downstream, { trafficServerOptions } from '../plugins/downstream.ts'
import drain from '../plugins/drain.ts'
import healthCheck from '../plugins/health-check.ts'
import errors from '../plugins/errors.ts'
import eventStream from '../plugins/event-stream.ts'
import explain from '../plugins/explain.ts'
import metrics from '../plugins/metrics.ts'
import ownerHooks from '../plugins/owner-hooks.ts'
import ownerPlugins from '../plugins/owner-plugins.ts'
import proxy from '../plugins/proxy.ts'
import registrations from '../plugins/registrations.ts'
import registryApi from '../plugins/registry-api.ts'
import requestAddress from '../plugins/request-address.ts'
import requestId from '../plugins/request-id.ts'
import tokenGuard from '../plugins/token-guard.ts'
import { AddressPolicy, type OwnListener } from './registry/address-policy.ts'
import type { Backend } from './backends/backend.ts'
import type { BalancerFactory } from './balancing/balancer.ts'
import { systemClock, type Clock } from './base/clock.ts'
import { Listener } from './downstream/listener.ts'
import { Refusals } from './downstream/refusals.ts'
import type { OwnerPlugin } from './plugin-files.ts'
import { withLazyRequestChildren } from './observe/request-logger.ts'
import type { Guard } from './upstream/guard.ts'
import { createLookup, type Resolve } from './upstream/lookup.ts'

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
 * Rejects with a `SettingError` if a setting is invalid.
 */
export async function createApp (options: AppOptions): Promise<FastifyInstance> {
  const { env, envFile, logger, plugins = [], strategy, clock = systemClock, random = Math.random, resolve } = options
  const lookup = createLookup({ clock, ...(resolve && { resolve }) })
  const listener = new Listener({ refusals: new Refusals() })
  const app = createFastify({ ...trafficServerOptions(listener), ...(logger && { loggerInstance: withLazyRequestChildren(logger) }) })

  // The foundation: settings, backends and their health.
  await app.register(config, { env, envFile })
  await app.register(backendRegistry, { clock, random, strategy })
  const policy = new AddressPolicy(app.config.REGISTRY_ALLOW, () => [...listenersOf(app), ...listenersOf(app.admin)])
  // A name may resolve differently since its backend registered, and REGISTRY_ALLOW may have changed. BACKENDS is trusted.
  const guard: Guard = (address, port) => policy.problemWith(address, port)
  const guardFor = ({ source }: Backend): Guard | undefined => source === 'registered' ? guard : undefined
  await app.register(registrations, { clock })
  await app.register(demoBackends)
  await app.register(healthCheck, { clock, random, lookup, guardFor })

  // The way of a request.
  await app.register(downstream, { clock, listener })
  await app.register(errors)
  await app.register(requestId)
  await app.register(tokenGuard, { clock })
  await app.register(requestAddress)
  await app.register(proxy, { clock, random, lookup, guardFor })
  await app.register(ownerHooks)
  await app.register(catchAll) // adds its route when the application starts, after all of the owner's routes
  await app.register(ownerPlugins, { plugins })
  await app.register(accessLog)

  // What operators use.
  await app.register(drain, { clock })
  await app.register(admin, { clock })
  await app.register(registryApi, { policy, lookup })
  await app.register(metrics, { clock, random })
  await app.register(eventStream)
  await app.register(explain)
  await app.register(dashboard)
  return app
}

/** All addresses, because `localhost` may be two; none before it listens, and none for a unix socket. */
function listenersOf (listening: FastifyInstance): OwnListener[] {
  return listening.addresses().filter((each) => typeof each === 'object')
}
