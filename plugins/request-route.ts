import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { facadeOf } from '../src/downstream/facade/facade.ts'
import { headOf } from '../src/downstream/node-exchange.ts'
import type { FoundRoute } from '../src/forwarding/route.ts'
import type { RouteInfo } from '../src/routing/route-info.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** What was found for this request when a hook asked; undefined where none has. */
    readonly routeFoundFor: (req: IncomingMessage) => FoundRoute | undefined
  }
  interface FastifyRequest {
    /**
     * The route that this request takes if it is forwarded; undefined if it takes none, and would be answered with 404, or with 400
     * because backends could read its path in several ways. It is the one that is then used, whatever is reloaded meanwhile, unless a
     * hook changes the method, the url or the headers: then the changed request is looked up anew.
     */
    readonly evenkeelRoute: RouteInfo | undefined
  }
}

/** Shows hooks the route of a request. It is looked up when the first of them asks, and otherwise when the request is forwarded. */
async function requestRoute (fastify: FastifyInstance) {
  const { routes } = fastify
  const known = new WeakMap<IncomingMessage, FoundRoute>()

  function find (req: IncomingMessage): FoundRoute {
    let found = known.get(req)
    if (found === undefined) {
      const head = facadeOf(req)?.exchange.head ?? headOf(req)
      found = { head, route: head.isMalformed ? undefined : routes.find(head) }
      known.set(req, found)
    }
    return found
  }

  fastify.decorate('routeFoundFor', (req) => known.get(req))
  fastify.decorateRequest('evenkeelRoute', {
    getter () {
      const { route } = find(this.raw)
      return route === 'ambiguous' ? undefined : route?.info
    }
  })
}

export default fp(requestRoute, { name: 'request-route', dependencies: ['routes', 'downstream'], fastify: '5.x' })
