import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { LogController, type FastifyHttpOptions, type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/clock.ts'
import { filesFor, shareFiles } from '../src/config/file-shares.ts'
import { maxOpenFiles } from '../src/config/open-files.ts'
import { answerClientError } from '../src/forwarding/client-error.ts'
import { createClientServer } from '../src/forwarding/client-server.ts'
import { routableUrl } from '../src/forwarding/routable-url.ts'
import { InternalError, errorBody } from '../src/errors.ts'
import { Refusals } from '../src/refusals.ts'

/** What Fastify must be told when it is made: the traffic listener's server, as a gateway needs it. */
export const clientServerOptions = {
  logger: false,
  logController: new LogController({ disableRequestLogging: true }),
  exposeHeadRoutes: false,
  // A request that comes while draining, on a connection that is open, is served and told to close it.
  return503OnClosing: false,
  forceCloseConnections: 'idle',
  clientErrorHandler: answerClientError,
  rewriteUrl: (req) => routableUrl(req.url as string),
  // The first round of health checks takes as long as HEALTH_CHECK_TIMEOUT_MS allows; Fastify's limit would end the start.
  pluginTimeout: 0,
  routerOptions: { maxParamLength: 65_536 },
  serverFactory: createClientServer
} satisfies FastifyHttpOptions<Server>

async function clientLimits (fastify: FastifyInstance, { clock }: { clock: Clock }) {
  const { server, config } = fastify
  server.keepAliveTimeout = config.KEEP_ALIVE_TIMEOUT_MS
  server.headersTimeout = config.REQUEST_HEADER_TIMEOUT_MS
  server.maxConnections = maxConnections(fastify)
  reportRefusals(fastify, clock)
  if (config.ABORT_ON_CLIENT_END) server.on('connection', (socket: Socket) => { socket.once('end', () => { socket.destroy() }) })
  else answerHalfClosedClients(server)

  fastify.setErrorHandler((error, request, reply) => {
    const statusCode = statusOf(error)
    if (statusCode < 500) return reply.send(error)
    fastify.log.error({ err: error }, 'request failed')
    return reply.code(500).send(errorBody(new InternalError()))
  })
}

/** Each request needs a second socket, to its backend: without a bound a flood of clients would take those too. */
function maxConnections ({ config: { MAX_CLIENT_CONNECTIONS: setting }, log }: FastifyInstance): number {
  const maxFiles = maxOpenFiles()
  const shares = shareFiles(maxFiles)
  if (setting === 0) return shares.clients
  const needed = filesFor(setting, shares)
  if (maxFiles !== undefined && needed > maxFiles) {
    log.warn({ needed, maxFiles }, 'MAX_CLIENT_CONNECTIONS is more than the limit on open files has room for')
  }
  return setting
}

function reportRefusals (fastify: FastifyInstance, clock: Clock): void {
  const { server, log } = fastify
  const refusals = new Refusals(clock, (connections) => {
    log.warn({ connections, max: server.maxConnections }, 'connections of clients were refused: there are too many')
  })
  server.on('drop', () => { refusals.add() })
  fastify.addHook('onClose', () => { refusals.close() })
}

/** Node's own switch for a client that has ended its side: without it, such a client is cut before it gets its answer. */
function answerHalfClosedClients (server: Server & { httpAllowHalfOpen?: boolean }): void {
  server.httpAllowHalfOpen = true
}

function statusOf (error: unknown): number {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
}

export default fp(clientLimits, { name: 'client-limits', dependencies: ['config'], fastify: '5.x' })
