import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/base/clock.ts'
import { NotableRequests } from '../src/observe/notable-requests.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly notableRequests: NotableRequests
  }
}

const kinds = ['failed', 'slow', 'retried'] as const

const querystring = {
  type: 'object',
  additionalProperties: false,
  properties: { service: { type: 'string' }, kind: { type: 'string', enum: kinds } }
} as const

interface Query { service?: string, kind?: typeof kinds[number] }

/** The last requests that failed, were slow, or were retried. */
async function notableRequests (fastify: FastifyInstance, { clock }: { clock: Clock }) {
  const requests = new NotableRequests(clock)
  fastify.exchanges.subscribe((record) => { requests.onExchange(record) })
  fastify.decorate('notableRequests', requests)
  fastify.addApi((api) => {
    const summary = 'The last 200 requests that failed, were slow (1 s to the first byte) or were retried, oldest first'
    api.get<{ Querystring: Query }>('/requests', { schema: { summary, querystring } }, ({ query: { service, kind } }) =>
      requests.all().filter((each) =>
        (service === undefined || each.service === service) && (kind === undefined || each.kinds.includes(kind))))
  })
}

export default fp(notableRequests, { name: 'notable-requests', dependencies: ['admin', 'proxy'], fastify: '5.x' })
