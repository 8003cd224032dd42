import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/clock.ts'
import type { Exchange } from '../src/forwarding/exchange.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for a request that went to the backends; others were answered by a hook. */
    exchange: Exchange | null
  }
}

/** One line a request, when it is complete: `close` comes for answered ones and for those whose client has left. */
async function accessLog (fastify: FastifyInstance, { clock }: { clock: Clock }) {
  fastify.decorateRequest('exchange', null)
  if (!fastify.config.ACCESS_LOG) return

  fastify.addHook('onRequest', (request, reply, done) => {
    const startedAt = clock.now()
    const { method, url, ip } = request
    reply.raw.once('close', () => {
      const { attempts, outcome } = request.exchange ?? { attempts: [], outcome: undefined }
      fastify.log.info({
        method,
        path: url.split('?', 1)[0],
        statusCode: reply.raw.headersSent ? reply.raw.statusCode : null,
        durationMs: toTenths(clock.now() - startedAt),
        backend: attempts.at(-1)?.backend,
        outcome,
        attempts: attempts.length > 1 ? attempts.map((attempt) => ({ ...attempt, durationMs: toTenths(attempt.durationMs) })) : undefined,
        client: ip
      }, 'request')
    })
    done()
  })
}

function toTenths (ms: number): number {
  return Math.round(ms * 10) / 10
}

export default fp(accessLog, { name: 'access-log', dependencies: ['config'], fastify: '5.x' })
