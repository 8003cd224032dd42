import type { Server } from 'node:net'
import type { ClientLog } from './log.ts'

/** Options for registering a backend with its gateways. */
export interface RegisterOptions {
  /** Url of the gateway's admin listener, such as `http://10.0.0.1:5174`, or an array of them. */
  readonly gateway: string | readonly string[]
  /** The gateway's ADMIN_TOKEN. */
  readonly token?: string
  /** Where the gateway reaches this backend, such as `http://10.0.0.5:3000`, or `h2c://10.0.0.5:3000` for HTTP/2 without TLS. */
  readonly url?: string
  /**
   * A server that is already listening. Without a `url`, its address is detected for each gateway. If other processes serve the
   * same url, as the workers of a cluster do, it stops listening when this backend leaves.
   */
  readonly server?: Server
  /** The service that this backend belongs to, such as `search`; by default the gateway's `default`. */
  readonly service?: string
  /** What it serves, such as `shop.example.com/search`; needs `service`. The gateway sends it requests that match. */
  readonly routes?: ReadonlyArray<string | RouteOptions>
  /** Unique among the backends of its service; by default the host and port of the url. */
  readonly name?: string
  /** `h2`: the gateway speaks HTTP/2 with this backend; the plugin says it for a Fastify with `http2`. */
  readonly protocol?: 'h2' | 'http/1.1'
  /** Each connection of the gateway begins with a header of the PROXY protocol that states the client; `none` by default. */
  readonly sendProxy?: 'v1' | 'v2' | 'none'
  readonly weight?: number
  readonly zone?: string
  readonly backup?: boolean
  readonly healthCheck?: HealthCheckOptions
  /** Without a heartbeat for this time the gateway considers this backend gone; 15 s by default. */
  readonly ttlMs?: number
  /** Maximum time that the drain waits for requests in flight; 10 s by default. */
  readonly drainTimeoutMs?: number
  /** By default, warnings and errors go to stderr. */
  readonly log?: ClientLog
}

/** Overrides of the gateway's HEALTH_CHECK_… settings for this backend. */
export interface HealthCheckOptions {
  readonly type?: 'http' | 'tcp' | 'grpc'
  /** The service that a check by gRPC asks for; by default the whole server. */
  readonly service?: string
  readonly path?: string
  readonly port?: number
  readonly host?: string
  readonly status?: string
}

/** A route by its parts. As a string it is `[METHOD ][host]/path`. */
export interface RouteOptions {
  /** Such as `shop.example.com` or `*.example.com`; by default any. */
  readonly host?: string | readonly string[]
  /** This path and everything below it, by whole segments. */
  readonly path?: string
  /** This path alone. */
  readonly exactPath?: string
  readonly method?: string | readonly string[]
  /** Headers and the values that they must have. */
  readonly header?: Readonly<Record<string, string>>
  readonly cookie?: Readonly<Record<string, string>>
  /** Takes `path` away before the request is forwarded. */
  readonly stripPrefix?: boolean
  /** What takes the place of `path`. */
  readonly replacePrefix?: string
}

export const defaultTtlMs = 15_000
export const defaultDrainTimeoutMs = 10_000

const known = new Set([
  'gateway', 'token', 'url', 'server', 'service', 'routes', 'name', 'protocol', 'sendProxy', 'weight', 'zone', 'backup', 'healthCheck',
  'ttlMs', 'drainTimeoutMs', 'log'
])
const leastTtlMs = 100
/** A day. */
const mostMs = 86_400_000

/**
 * Throws a `TypeError` that names the invalid option. Returns the origins of the gateways. Options that the gateway validates
 * (name, weight, the form of routes, …) are left to it.
 */
export function checkOptions (options: Partial<RegisterOptions>): string[] {
  const { gateway, token, url, protocol, service, routes, ttlMs, drainTimeoutMs } = options
  for (const name of Object.keys(options)) if (!known.has(name)) fail(`there is no option "${name}"`)
  const gateways: readonly unknown[] = Array.isArray(gateway) ? gateway : [gateway]
  if (gateway === undefined || gateways.length === 0) {
    fail('the option "gateway" is missing: the url of the admin listener, such as http://10.0.0.1:5174')
  }
  if (token !== undefined && !(typeof token === 'string' && /^[!-~]+$/.test(token))) fail('the option "token" is not a valid token')
  if (url !== undefined) checkUrl('url', url, /^(https?|h2c):$/)
  if (protocol !== undefined && protocol !== 'h2' && protocol !== 'http/1.1') {
    fail(`protocol "${String(protocol)}" is neither h2 nor http/1.1`)
  }
  if (routes !== undefined && !Array.isArray(routes)) fail('the option "routes" is not an array')
  if (routes !== undefined && service === undefined) fail('the option "routes" needs "service": the name of the service that they lead to')
  checkMs('ttlMs', ttlMs, leastTtlMs)
  checkMs('drainTimeoutMs', drainTimeoutMs, 0)
  return [...new Set(gateways.map((each) => checkUrl('gateway', each, /^https?:$/)))]
}

/** No part of a url is silently ignored, neither a path nor credentials. */
function checkUrl (option: string, text: unknown, schemes: RegExp): string {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !schemes.test(url.protocol)) {
    return fail(`${option} "${String(text)}" is not a url such as http://10.0.0.1:5174`)
  }
  if (url.username !== '' || url.password !== '') fail(`${option} contains credentials, which would not be sent`)
  // A scheme that is not special has no path where it is left out.
  if (!/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '') fail(`${option} "${String(text)}" must be just http://host:port`)
  return url.origin
}

function checkMs (option: string, value: unknown, least: number): void {
  if (value === undefined || (Number.isInteger(value) && Number(value) >= least && Number(value) <= mostMs)) return
  fail(`${option} ${String(value)} is not a number of milliseconds from ${least} to ${mostMs}`)
}

function fail (message: string): never {
  throw new TypeError(`evenkeel/client: ${message}`)
}
