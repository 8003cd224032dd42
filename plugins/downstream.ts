import type { IncomingMessage, Server } from 'node:http'
import { LogController, type FastifyHttpOptions, type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { parseRanges, type AddressRanges } from '../src/base/addresses.ts'
import { BurstCount } from '../src/base/burst-count.ts'
import type { Clock } from '../src/base/clock.ts'
import { filesFor, shareFiles } from '../src/config/file-shares.ts'
import { maxOpenFiles } from '../src/config/open-files.ts'
import { SettingError } from '../src/config/setting-error.ts'
import { facadeOf } from '../src/downstream/facade/facade.ts'
import { showToOwner } from '../src/downstream/facade/show-to-owner.ts'
import { isMalformed, settleInjected } from '../src/downstream/injected-request.ts'
import type { Listener } from '../src/downstream/listener.ts'
import { logRefusals } from '../src/downstream/refusal-log.ts'
import type { Refusals } from '../src/downstream/refusals.ts'
import { parseTrust, type Trust } from '../src/downstream/trust.ts'
import { routablePath } from '../src/http/request-target.ts'
import { requestIdLabel } from '../src/observe/request-logger.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The traffic listener: `server`, as what it is. */
    readonly listener: Listener
    /** Requests that were refused before hooks and backends could see them. */
    readonly refusals: Refusals
    /** TRUST_PROXY. */
    readonly trust: Trust
  }
}

/** `originalUrl` is Fastify's: the url before it was made one for the router. */
export type RawRequest = IncomingMessage & { originalUrl?: string }

export interface DownstreamOptions {
  readonly clock: Clock
  readonly listener: Listener
}

/** What Fastify must be told when it is made, but for what depends on this instance. */
const serverOptions = {
  logger: false,
  logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: requestIdLabel }),
  // A request that comes while draining, on a connection that is open, is served and told to close it.
  return503OnClosing: false,
  forceCloseConnections: 'idle',
  rewriteUrl: urlForRouter,
  // The first round of health checks takes as long as HEALTH_CHECK_TIMEOUT_MS allows; Fastify's limit would end the start.
  pluginTimeout: 0,
  routerOptions: { maxParamLength: 65_536 }
} satisfies FastifyHttpOptions<Server>

/**
 * Gives the router a url that it can read, and a request of `inject` its one form. The plugin `proxy` puts `originalUrl` back
 * where hooks look.
 */
function urlForRouter (req: RawRequest): string {
  if (facadeOf(req) === undefined) settleInjected(req)
  const url = req.originalUrl = req.url as string
  if (isMalformed(req)) return '/'
  // The router knows no other way to the routes for everything than by a path.
  return url === '*' ? '/*' : routablePath(url)
}

/** What Fastify must be told when it is made, for this listener to be its server. */
export function trafficServerOptions (listener: Listener): FastifyHttpOptions<Server> {
  return {
    ...serverOptions,
    serverFactory: (route) => {
      listener.onExchange = showToOwner(route, listener)
      return listener as unknown as Server
    }
  }
}

/** The settings of the traffic listener, and what is told of those whom it turns away. */
async function downstream (fastify: FastifyInstance, { clock, listener }: DownstreamOptions) {
  const { config, log, role } = fastify
  const { refusals } = listener
  const trust = trustOf(config.TRUST_PROXY)
  fastify.decorate('listener', listener)
  fastify.decorate('refusals', refusals)
  fastify.decorate('trust', trust)
  fastify.addHook('onClose', logRefusals({ refusals, clock, log }))
  listener.onThrown = (err) => { log.error({ err }, 'a request failed in the gateway') }
  listener.clock = clock
  listener.trust = trust
  listener.proxyHeaders.from = proxiesOf(config.PROXY_PROTOCOL)
  listener.keepAliveTimeoutMs = config.KEEP_ALIVE_TIMEOUT_MS
  listener.headerTimeoutMs = config.REQUEST_HEADER_TIMEOUT_MS
  listener.bodyIdleTimeoutMs = config.BODY_IDLE_TIMEOUT_MS
  listener.speaksHttp2 = config.HTTP2
  listener.http2 = {
    maxStreams: config.H2_MAX_STREAMS,
    streamWindowBytes: config.H2_STREAM_WINDOW_BYTES,
    connectionWindowBytes: config.H2_CONNECTION_WINDOW_BYTES
  }
  if (config.TLS_HSTS !== '') listener.hstsLine = `Strict-Transport-Security: ${config.TLS_HSTS}\r\n`
  listener.abortOnClientEnd = config.ABORT_ON_CLIENT_END
  // The supervisor counts those of all workers; a worker has its files to look after.
  listener.maxConnections = maxConnections(role.type === 'worker' ? 0 : config.MAX_CLIENT_CONNECTIONS)
  reportDroppedConnections(fastify, clock)
  warnOfTooFewFiles(fastify)
}

function trustOf (setting: string): Trust {
  const trust = parseTrust(setting)
  if (typeof trust === 'string') throw new SettingError('TRUST_PROXY', setting, trust)
  return trust
}

/** Whose connections begin with a header of the PROXY protocol. */
function proxiesOf (setting: string): AddressRanges | undefined {
  const ranges = parseRanges(setting)
  if (typeof ranges === 'string') throw new SettingError('PROXY_PROTOCOL', setting, ranges)
  return setting === '' ? undefined : ranges
}

/** Each request needs a second socket, to its backend: without a bound a flood of clients would take those too. */
function maxConnections (setting: number): number {
  return setting === 0 ? shareFiles(maxOpenFiles()).clients : setting
}

function warnOfTooFewFiles ({ config, log }: FastifyInstance): void {
  const { MAX_CLIENT_CONNECTIONS: clients } = config
  const maxFiles = maxOpenFiles()
  const needed = filesFor(clients, shareFiles(maxFiles))
  if (clients === 0 || maxFiles === undefined || needed <= maxFiles) return
  log.warn({ needed, maxFiles }, 'MAX_CLIENT_CONNECTIONS needs more files than the open-file limit allows')
}

function reportDroppedConnections (fastify: FastifyInstance, clock: Clock): void {
  const { listener, log, refusals } = fastify
  const dropped = new BurstCount(clock, (connections) => {
    log.warn({ connections, max: listener.maxConnections }, 'client connections refused: limit reached')
  })
  listener.on('drop', () => {
    dropped.add()
    refusals.onDroppedConnection()
  })
  fastify.addHook('onClose', () => { dropped.close() })
}

export default fp(downstream, { name: 'downstream', dependencies: ['config', 'role'], fastify: '5.x' })
