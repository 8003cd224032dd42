import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { peerOf } from '../src/downstream/trust.ts'
import { Fields } from '../src/http/fields.ts'
import type { RequestHead } from '../src/http/heads.ts'
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
  const { forwarder, strategyName, trust } = fastify
  fastify.addApi((api) => {
    api.get<{ Querystring: Query }>('/explain', { schema: { summary: 'Where such a request would go now, and why', querystring } }, ({ query, socket }) => {
      const raw = Object.entries(query).flatMap(([name, value]) => name.startsWith('header.') ? [name.slice(7), String(value)] : [])
      const { method = 'GET', path: target = '/' } = query
      const head: RequestHead = { method, target, version: '1.1', host: undefined, fields: Fields.from(raw), isMalformed: false }
      return viewExplanation(forwarder.explain(head, peerOf(socket, trust).address), strategyName)
    })
  })
}

export default fp(explain, { name: 'explain', dependencies: ['admin', 'proxy'], fastify: '5.x' })
