import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { LogController, type FastifyHttpOptions, type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { BurstCount } from '../src/base/burst-count.ts'
import type { Clock } from '../src/base/clock.ts'
import { filesFor, shareFiles } from '../src/config/file-shares.ts'
import { maxOpenFiles } from '../src/config/open-files.ts'
import { answerClientError } from '../src/downstream/client-error.ts'
import { createClientServer } from '../src/downstream/client-server.ts'
import { logRefusals } from '../src/downstream/refusal-log.ts'
import type { Refusals } from '../src/downstream/refusals.ts'
import { isMalformed, routablePath, settleTarget } from '../src/http/request-target.ts'
import { parseTrust, type Trust } from '../src/downstream/trust.ts'
import { InternalError, errorBody } from '../src/errors.ts'
import { requestIdLabel } from '../src/observe/request-logger.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Requests that were refused before hooks and backends could see them. */
    readonly refusals: Refusals
    /** TRUST_PROXY. */
    readonly trust: Trust
  }
}

/** `originalUrl` is Fastify's: the url before it was made one for the router. */
export type RawRequest = IncomingMessage & { originalUrl?: string }

export interface ClientLimitsOptions {
  readonly clock: Clock
  readonly refusals: Refusals
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
 * Gives the request its one form, and the router a url that it can read. The plugin `proxy` puts `originalUrl` back where
 * hooks look.
 */
function urlForRouter (req: RawRequest): string {
  settleTarget(req)
  const url = req.originalUrl = req.url as string
  if (isMalformed(req)) return '/'
  // The router knows no other way to the routes for everything than by a path.
  return url === '*' ? '/*' : routablePath(url)
}

/** What Fastify must be told when it is made: the traffic listener's server, as a gateway needs it. */
export function clientServerOptions (refusals: Refusals): FastifyHttpOptions<Server> {
  return {
    ...serverOptions,
    clientErrorHandler: (error, socket) => { answerClientError(error, socket, refusals) },
    serverFactory: (route) => createClientServer(route, refusals)
  }
}

async function clientLimits (fastify: FastifyInstance, { clock, refusals }: ClientLimitsOptions) {
  const { server, config, log } = fastify
  fastify.decorate('refusals', refusals)
  const trust = parseTrust(config.TRUST_PROXY)
  fastify.decorate('trust', trust)
  fastify.addHook('onClose', logRefusals({ refusals, clock, log }))
  server.keepAliveTimeout = config.KEEP_ALIVE_TIMEOUT_MS
  server.headersTimeout = config.REQUEST_HEADER_TIMEOUT_MS
  server.maxConnections = maxConnections(config.MAX_CLIENT_CONNECTIONS)
  reportDroppedConnections(fastify, clock)
  if (config.ABORT_ON_CLIENT_END) server.on('connection', (socket: Socket) => { socket.once('end', () => { socket.destroy() }) })
  else answerHalfClosedClients(server)
  warnOfTooFewFiles(fastify)

  fastify.setErrorHandler((error, request, reply) => {
    const statusCode = statusOf(error)
    if (statusCode < 500 || (statusCode > 500 && isMeantForClients(error))) return reply.send(error)
    request.log.error({ err: error }, 'request failed')
    return reply.code(500).send(errorBody(new InternalError()))
  })
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
  const { server, log, refusals } = fastify
  const dropped = new BurstCount(clock, (connections) => {
    log.warn({ connections, max: server.maxConnections }, 'client connections refused: limit reached')
  })
  server.on('drop', () => {
    dropped.add()
    refusals.onDroppedConnection()
  })
  fastify.addHook('onClose', () => { dropped.close() })
}

/** Node's own switch for a client that has ended its side: without it, such a client is cut before it gets its answer. */
function answerHalfClosedClients (server: Server & { httpAllowHalfOpen?: boolean }): void {
  server.httpAllowHalfOpen = true
}

function statusOf (error: unknown): number {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
}

/** An error made with @fastify/error has a message for clients, such as a plugin's 503; any other 5xx may tell of the inside. */
function isMeantForClients (error: unknown): boolean {
  return error instanceof Error && error.name === 'FastifyError'
}

export default fp(clientLimits, { name: 'client-limits', dependencies: ['config'], fastify: '5.x' })
