import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** What an owner's plugin costs that does nothing: every request takes the way through Fastify. */
async function hooks (fastify: FastifyInstance) {
  fastify.addHook('onRequest', (_request, _reply, done) => { done() })
  fastify.addHook('onResponse', (_request, _reply, done) => { done() })
}

export default fp(hooks, { name: 'bench-hooks', fastify: '5.x' })
