import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { peerOf } from '../src/downstream/trust.ts'
import { Fields } from '../src/http/fields.ts'
import type { RequestHead } from '../src/http/heads.ts'
import type { RouteExplanation } from '../src/admin/wire.ts'
import { compare } from '../src/routing/comparison.ts'
import { describeMatch } from '../src/routing/match.ts'
import { viewExplanation } from '../src/admin/explanation-view.ts'

interface Query { method?: string, host?: string, path?: string, [header: `header.${string}`]: string | undefined }

const querystring = {
  type: 'object',
  properties: { method: { type: 'string' }, host: { type: 'string' }, path: { type: 'string' } },
  patternProperties: { '^header[.]': { type: 'string' } },
  additionalProperties: false
} as const

/** Of a request that goes to no service. */
const nowhere = { backends: [], strategy: '', choice: null, isFailingOpen: false, spillRatio: 0 }

/** Why a request would go where it goes. */
async function explain (fastify: FastifyInstance) {
  const { routes, trust } = fastify
  fastify.addApi((api) => {
    const schema = { summary: 'Where such a request would go now, and why', querystring }
    api.get<{ Querystring: Query }>('/explain', { schema }, ({ query, socket }) => {
      const raw = Object.entries(query).flatMap(([name, value]) => name.startsWith('header.') ? [name.slice(7), String(value)] : [])
      const { method = 'GET', path: target = '/', host } = query
      const head: RequestHead = { method, target, version: '1.1', host, fields: Fields.from(raw), isMalformed: false }
      const address = peerOf(socket, trust).address
      const { result, readings, compared } = compare(routes.table, head)
      const route: RouteExplanation = {
        readings,
        considered: compared.map(({ entry: { value: { info } }, isChosen, reason }) => ({
          id: info.id, name: info.name ?? null, match: describeMatch(info.match), origin: info.origin, isChosen, reason
        })),
        result: result === undefined ? 'no-route' : result === 'ambiguous' ? result : 'route'
      }
      if (result === undefined || result === 'ambiguous' || result.info.destination.type === 'redirect') {
        return { ...nowhere, reason: result === undefined ? 'no route matches' : 'no backend is asked', route }
      }
      const access = result.wouldServe(head, address)
      const { name, settings: { balancer } } = access.service
      const explained = viewExplanation(access.explain(head, address, result.audience), balancer)
      return result.info.source === 'implicit' ? explained : { ...explained, route, service: name }
    })
  })
}

export default fp(explain, { name: 'explain', dependencies: ['admin', 'routes', 'downstream'], fastify: '5.x' })
