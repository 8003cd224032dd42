import type { FastifyInstance, FastifyReply, FastifyRequest, onSendHookHandler, preParsingHookHandler, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    readonly ownerHooks: OwnerHooks
  }
}

/** What the owner has added that makes a difference to forwarding; what is not there costs nothing. */
export interface OwnerHooks {
  /** Those that see the answers of backends too, in the order in which Fastify runs them. */
  readonly onSend: onSendHookHandler[]
  hasPreParsing: boolean
  /** Methods of which the owner has routes. */
  readonly methods: Set<string>
  /** The route to the backends is there: what is added now would have no effect on it. */
  isSettled: boolean
}

/** Notes the hooks and routes of the owner. Fastify does not tell of hooks, so this listens at `addHook`. */
async function ownerHooksPlugin (fastify: FastifyInstance) {
  const noted: OwnerHooks = { onSend: [], hasPreParsing: false, methods: new Set(), isSettled: false }
  fastify.decorate('ownerHooks', noted)

  const addHook = fastify.addHook as (name: string, hook: unknown) => FastifyInstance
  fastify.addHook = function (this: FastifyInstance, name: string, hook: unknown) {
    const instance = addHook.call(this, name, hook)
    // Those of an encapsulated plugin never see what is forwarded.
    if (this !== fastify) return instance
    if (noted.isSettled && (name === 'preParsing' || name === 'onSend')) throw new Error(`add the ${name} hook before app.ready() is called`)
    if (name === 'preParsing') noted.hasPreParsing = true
    // When Fastify adds it, so that the order is the same.
    if (name === 'onSend') this.after((error) => { if (error == null) noted.onSend.push(hook as onSendHookHandler) })
    return instance
  } as FastifyInstance['addHook']

  addHook.call(fastify, 'onRoute', (route: RouteOptions) => {
    const { method, url } = route
    route.preParsing = [sayContinue, ...[route.preParsing ?? []].flat()]
    for (const each of [method].flat()) {
      if (noted.isSettled && !noted.methods.has(each)) throw new Error(`add the route ${each} ${url} before app.ready() is called`)
      noted.methods.add(each)
    }
  })
}

/** Before a route of the owner's reads a body, its client may wait for word to send it; for what is forwarded, backends say it. */
export const sayContinue: preParsingHookHandler = (request: FastifyRequest, reply: FastifyReply, _payload, done) => {
  if (request.headers.expect?.toLowerCase() === '100-continue') reply.raw.writeContinue()
  done()
}

export default fp(ownerHooksPlugin, { name: 'owner-hooks', fastify: '5.x' })
