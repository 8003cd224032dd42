import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { viewExplanation } from '../src/admin/explanation-view.ts'

interface Query { method?: string, path?: string, [header: `header.${string}`]: string | undefined }

const querystring = {
  type: 'object',
  properties: { method: { type: 'string' }, path: { type: 'string' } },
  patternProperties: { '^header[.]': { type: 'string' } },
  additionalProperties: false
} as const

/** Why a request would go where it goes. */
async function explain (fastify: FastifyInstance) {
  const { forwarder, strategyName } = fastify
  fastify.addApi((api) => {
    api.get<{ Querystring: Query }>('/explain', { schema: { summary: 'Where such a request would go now, and why', querystring } }, ({ query, socket }) => {
      const headers = Object.fromEntries(Object.entries(query).flatMap(([name, value]) => name.startsWith('header.') ? [[name.slice(7).toLowerCase(), value]] : []))
      const req = { method: query.method ?? 'GET', headers, socket } as unknown as IncomingMessage
      return viewExplanation(forwarder.explain(req, query.path ?? '/'), strategyName)
    })
  })
}

export default fp(explain, { name: 'explain', dependencies: ['admin', 'proxy'], fastify: '5.x' })
