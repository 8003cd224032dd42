import createValidators from '@fastify/ajv-compiler'
import createSerializers from '@fastify/fast-json-stringify-compiler'
import swagger from '@fastify/swagger'
import createFastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { BoundedConnections } from '../src/admin/connections.ts'
import { isCrossSite } from '../src/admin/cross-site.ts'
import { lazyCompilers } from '../src/admin/lazy-compilers.ts'
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
    /** The second listener, for operators and orchestrators, apart from the traffic. */
    readonly admin: FastifyInstance
    /** Adds routes under `/api`, which requires the token, if one is set, and refuses cross-site requests. */
    addApi (routes: (api: FastifyInstance) => void): void
    /** An `onRequest` hook for routes outside `/api` that pages of other sites must not read either. */
    refuseCrossSite (request: FastifyRequest): Promise<void>
  }
}

export interface AdminOptions {
  readonly clock: Clock
}

/** Clients of the admin listener are programs and the page: both send their requests at once. */
const timeLimits = { headersTimeout: 5000, connectionsCheckingInterval: 1000 }
const requestTimeout = 10_000
/** Longer than Node's `fetch` keeps idle connections, so that no heartbeat meets a connection that is being closed. */
const keepAliveTimeout = 5000

/** The admin listener and its access control. */
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
    // Bodies are never coerced, and unknown properties are refused.
    // The schemas are the gateway's own: to have them validated as well took a tenth of a start.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, validateSchema: false } },
    schemaController: {
      compilersFactory: { buildValidator: lazyCompilers(createValidators()), buildSerializer: lazyCompilers(createSerializers()) }
    },
    schemaErrorFormatter: ([error], dataVar) => new InvalidBodyError(`${dataVar}${error?.instancePath ?? ''} ${sentenceFor(error)}`)
  })
  boundConnections(fastify, admin, clock)
  admin.removeContentTypeParser('text/plain')
  admin.setNotFoundHandler(() => { throw new NotFoundError() })

  await admin.register(swagger, {
    openapi: { info: { title: 'Evenkeel', description: 'The admin API of the gateway', version: packageVersion } }
  })
  admin.get('/openapi.json', { schema: { hide: true } }, () => admin.swagger())

  admin.get('/livez', () => ({ status: 'live' }))
  admin.get('/readyz', (_request, reply) => {
    const inRotation = services.inRotation
    const status = readiness(lifecycle.isDraining, fastify.server.listening, inRotation)
    const all = services.all()
    const byService = all.length > 1 && { services: Object.fromEntries(all.map(({ name, rotation }) => [name, rotation.length])) }
    return reply.code(status === 'ready' ? 200 : 503).send({ status, inRotation, ...byService })
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
  // Closes after the traffic listener, so that `/readyz` can say "draining" while requests finish.
  fastify.addHook('onClose', () => admin.close())
}

/** Keeps the connections of the admin listener, idle ones included, from using up the files of the traffic. */
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
