import type { FastifyInstance, FastifyReply, FastifyRequest, onSendHookHandler, preParsingHookHandler, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { isObserved } from '../src/downstream/facade/diagnostics.ts'
import { OwnRoutes } from '../src/downstream/facade/own-routes.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly ownerHooks: OwnerHooks
  }
}

/** The owner's hooks and routes that make a difference to forwarding; what is not there costs nothing. */
export interface OwnerHooks {
  /** Those that see the answers of backends too, in the order in which Fastify runs them. */
  readonly onSend: onSendHookHandler[]
  hasPreParsing: boolean
  /** Methods of which the owner has routes. */
  readonly methods: Set<string>
  /** The route to the backends is about to be added, by the gateway: it is none of the owner's. */
  isForwardingRoute: boolean
  /** The route to the backends is there: what is added now would have no effect on it. */
  isSettled: boolean
  /** Notes what the owner's `onRoute` hooks have added to the route to the backends; `own` are the gateway's hooks on it. */
  noteForwardingRoute (route: RouteOptions, own: readonly unknown[]): void
  /**
   * Whether anything of the owner's could see or answer this request: a hook of any kind, a route, a listener of the server, a
   * subscriber of node:http's diagnostics channels. Otherwise it needs no router.
   */
  mayConcern (method: string, target: string): boolean
  /** Adds a hook of the gateway's, which forwarded requests have no need of. */
  addOwnHook (name: string, hook: unknown): void
}

/** The hooks that a request meets. */
const requestHooks = [
  'onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onSend', 'onResponse', 'onError', 'onTimeout', 'onRequestAbort'
] as const

const isRequestHook: ReadonlySet<string> = new Set(requestHooks)

/** Notes the hooks and routes of the owner. Fastify does not tell of hooks, so this listens at `addHook`. */
async function ownerHooksPlugin (fastify: FastifyInstance) {
  const addHook = fastify.addHook as (name: string, hook: unknown) => FastifyInstance
  const routes = new OwnRoutes()
  let seesAll = false
  const noted: OwnerHooks = {
    onSend: [],
    hasPreParsing: false,
    methods: new Set(),
    isForwardingRoute: false,
    isSettled: false,
    noteForwardingRoute (route, own) {
      for (const name of requestHooks) seesAll ||= [route[name] ?? []].flat().some((hook) => !own.includes(hook))
    },
    mayConcern (method, target) {
      return seesAll || !noted.isSettled || routes.mayMatch(method, target) || hasListeners(fastify) || isObserved()
    },
    addOwnHook (name, hook) { addHook.call(fastify, name, hook) }
  }
  fastify.decorate('ownerHooks', noted)

  fastify.addHook = function (this: FastifyInstance, name: string, hook: unknown) {
    const instance = addHook.call(this, name, hook)
    // Those of an encapsulated plugin never see what is forwarded.
    if (this !== fastify) return instance
    if (isRequestHook.has(name)) seesAll = true
    if (noted.isSettled && (name === 'preParsing' || name === 'onSend')) throw new Error(`add the ${name} hook before app.ready() is called`)
    if (name === 'preParsing') noted.hasPreParsing = true
    // When Fastify adds it, so that the order is the same.
    if (name === 'onSend') this.after((error) => { if (error == null) noted.onSend.push(hook as onSendHookHandler) })
    return instance
  } as FastifyInstance['addHook']

  const { setGenReqId } = fastify
  fastify.setGenReqId = function (this: FastifyInstance, makeId) {
    if (this === fastify) seesAll = true
    return setGenReqId.call(this, makeId)
  }

  addHook.call(fastify, 'onRoute', (route: RouteOptions) => {
    const { method, url } = route
    route.preParsing = [sayContinue, ...[route.preParsing ?? []].flat()]
    for (const each of [method].flat()) {
      if (noted.isSettled && !noted.methods.has(each)) throw new Error(`add the route ${each} ${url} before app.ready() is called`)
      noted.methods.add(each)
      if (!noted.isForwardingRoute) routes.add(each, url)
    }
  })
}

function hasListeners ({ server }: FastifyInstance): boolean {
  return server.listenerCount('request') > 0 || server.listenerCount('upgrade') > 0
}

/** Before a route of the owner's reads a body, its client may wait for word to send it; for what is forwarded, backends say it. */
export const sayContinue: preParsingHookHandler = (request: FastifyRequest, reply: FastifyReply, _payload, done) => {
  if (request.headers.expect?.toLowerCase() === '100-continue') reply.raw.writeContinue()
  done()
}

export default fp(ownerHooksPlugin, { name: 'owner-hooks', fastify: '5.x' })
