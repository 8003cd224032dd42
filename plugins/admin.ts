import createFastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { carriesToken, isLoopback } from '../src/admin/access.ts'
import { viewBackend } from '../src/admin/backend-view.ts'
import { SettingError } from '../src/config/setting-error.ts'
import { NotFoundError, UnauthorizedError } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The second listener: what operators and orchestrators ask, apart from the traffic. */
    readonly admin: FastifyInstance
  }
}

async function adminPlugin (fastify: FastifyInstance) {
  const { config, registry, lifecycle } = fastify
  if (!isLoopback(config.ADMIN_HOST) && config.ADMIN_TOKEN === '') {
    throw new SettingError('ADMIN_HOST', config.ADMIN_HOST, 'off loopback the admin listener needs ADMIN_TOKEN; set it, or use 127.0.0.1')
  }

  const admin = createFastify({ logger: false, forceCloseConnections: true })
  admin.setNotFoundHandler(() => { throw new NotFoundError() })

  admin.get('/livez', () => ({ status: 'live' }))
  admin.get('/readyz', (request, reply) => {
    const inRotation = registry.rotation.length
    const status = readiness(lifecycle.isDraining, fastify.server.listening, inRotation)
    return reply.code(status === 'ready' ? 200 : 503).send({ status, inRotation })
  })

  admin.register(async function api (api) {
    api.addHook('onRequest', async (request) => {
      const { ADMIN_TOKEN } = config
      if (ADMIN_TOKEN !== '' && !carriesToken(request.headers.authorization, ADMIN_TOKEN)) throw new UnauthorizedError()
    })
    api.get('/backends', () => registry.backends().map((backend) => viewBackend(backend, registry.rotation)))
  }, { prefix: '/api' })

  fastify.decorate('admin', admin)
  // After the traffic listener, so that `/readyz` can say "draining" while requests finish.
  fastify.addHook('onClose', () => admin.close())
}

function readiness (isDraining: boolean, isListening: boolean, inRotation: number): string {
  if (isDraining) return 'draining'
  if (!isListening) return 'starting'
  return inRotation > 0 ? 'ready' : 'no backend in rotation'
}

export default fp(adminPlugin, { name: 'admin', dependencies: ['config', 'backend-registry', 'drain'], fastify: '5.x' })
