import swagger from '@fastify/swagger'
import createFastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { BoundedConnections } from '../src/admin/connections.ts'
import { isCrossSite } from '../src/admin/cross-site.ts'
import { isLoopback } from '../src/base/addresses.ts'
import { BurstCount } from '../src/base/burst-count.ts'
import type { Clock } from '../src/base/clock.ts'
import { shareFiles } from '../src/config/file-shares.ts'
import { maxOpenFiles } from '../src/config/open-files.ts'
import { SettingError } from '../src/config/setting-error.ts'
import { packageVersion } from '../src/base/package-version.ts'
import { CrossSiteError, InvalidBodyError, NotFoundError, TooManyAttemptsError, UnauthorizedError } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The second listener: what operators and orchestrators ask, apart from the traffic. */
    readonly admin: FastifyInstance
    /** Adds routes under `/api`, where a token is asked for, if one is set, and pages of other sites are refused. */
    addApi (routes: (api: FastifyInstance) => void): void
    /** For routes outside of `/api` that pages of other sites must not read either: an `onRequest` hook. */
    refuseCrossSite (request: FastifyRequest): Promise<void>
  }
}

export interface AdminOptions {
  readonly clock: Clock
}

/** A client of the admin listener is a program or a page: both send what they have to say at once. */
const timeLimits = { headersTimeout: 5000, connectionsCheckingInterval: 1000 }
const requestTimeout = 10_000
/** Longer than `fetch` of Node.js keeps an idle connection, so that no heartbeat meets one that is being closed. */
const keepAliveTimeout = 5000

/** The admin listener, and who may ask what there. */
async function adminPlugin (fastify: FastifyInstance, { clock }: AdminOptions) {
  const { config, services, lifecycle, tokenGuard } = fastify
  if (!isLoopback(config.ADMIN_HOST) && config.ADMIN_TOKEN === '') {
    throw new SettingError('ADMIN_HOST', config.ADMIN_HOST, 'off loopback the admin listener needs ADMIN_TOKEN; set it, or use 127.0.0.1')
  }

  const admin = createFastify({
    logger: false,
    forceCloseConnections: true,
    http: timeLimits,
    requestTimeout,
    keepAliveTimeout,
    bodyLimit: 65_536,
    // A body is taken as it is: nothing is converted, and what is not known is refused.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false } },
    schemaErrorFormatter: ([error], dataVar) => new InvalidBodyError(`${dataVar}${error?.instancePath ?? ''} ${sentenceFor(error)}`)
  })
  boundConnections(fastify, admin, clock)
  admin.removeContentTypeParser('text/plain')
  admin.setNotFoundHandler(() => { throw new NotFoundError() })

  await admin.register(swagger, { openapi: { info: { title: 'Evenkeel', description: 'The admin API of the gateway', version: packageVersion } } })
  admin.get('/openapi.json', { schema: { hide: true } }, () => admin.swagger())

  admin.get('/livez', () => ({ status: 'live' }))
  admin.get('/readyz', (_request, reply) => {
    const inRotation = services.default.rotation.length
    const status = readiness(lifecycle.isDraining, fastify.server.listening, inRotation)
    return reply.code(status === 'ready' ? 200 : 503).send({ status, inRotation })
  })

  async function refuseCrossSite ({ headers }: FastifyRequest): Promise<void> {
    if (isCrossSite(headers, config.ADMIN_TOKEN !== '')) throw new CrossSiteError()
  }
  fastify.decorate('refuseCrossSite', refuseCrossSite)
  fastify.decorate('addApi', (routes) => {
    admin.register(async (api) => {
      api.addHook('onRequest', refuseCrossSite)
      api.addHook('onRequest', async ({ headers, ip }) => {
        const verdict = await tokenGuard.judge(headers.authorization, ip)
        if (verdict === 'too-many') throw new TooManyAttemptsError()
        if (verdict === 'wrong') throw new UnauthorizedError()
      })
      routes(api)
    }, { prefix: '/api' })
  })

  fastify.decorate('admin', admin)
  // After the traffic listener, so that `/readyz` can say "draining" while requests finish.
  fastify.addHook('onClose', () => admin.close())
}

/** Clients of the admin listener, idle ones among them, leave the traffic its files. */
function boundConnections (fastify: FastifyInstance, admin: FastifyInstance, clock: Clock): void {
  const max = shareFiles(maxOpenFiles()).admin
  const refused = new BurstCount(clock, (connections) => {
    fastify.log.warn({ connections, max }, 'admin connections refused: limit reached')
  })
  new BoundedConnections(max, () => { refused.add() }).watch(admin.server)
  fastify.addHook('onClose', () => { refused.close() })
}

function readiness (isDraining: boolean, isListening: boolean, inRotation: number): string {
  if (isDraining) return 'draining'
  if (!isListening) return 'starting'
  return inRotation > 0 ? 'ready' : 'no backend in rotation'
}

function sentenceFor (error: { keyword: string, message?: string, params: Record<string, unknown> } | undefined): string {
  if (error?.keyword === 'additionalProperties') return `must not have "${String(error.params['additionalProperty'])}"`
  if (error?.keyword === 'enum') return `must be one of ${String(error.params['allowedValues'])}`
  return error?.message ?? 'is not valid'
}

export default fp(adminPlugin, { name: 'admin', dependencies: ['config', 'token-guard', 'backend-registry', 'drain'], fastify: '5.x' })
