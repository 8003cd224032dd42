import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { TokenGuard } from '../src/admin/token-guard.ts'
import type { Clock } from '../src/base/clock.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Shared by both listeners: an address that has shown the token on one is known on the other. */
    readonly tokenGuard: TokenGuard
  }
}

async function tokenGuard (fastify: FastifyInstance, { clock }: { clock: Clock }) {
  fastify.decorate('tokenGuard', new TokenGuard(fastify.config.ADMIN_TOKEN, clock))
}

export default fp(tokenGuard, { name: 'token-guard', dependencies: ['config'], fastify: '5.x' })
