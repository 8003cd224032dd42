import { AsyncResource } from 'node:async_hooks'
import { METHODS, validateHeaderName, validateHeaderValue, type IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import httpProxy from '@fastify/http-proxy'
import type {
  FastifyInstance, FastifyReply, FastifyRequest, onSendHookHandler, preHandlerHookHandler, preParsingHookHandler
} from 'fastify'
import fp from 'fastify-plugin'
import { facadeOf } from '../src/downstream/facade/facade.ts'
import { NodeExchange } from '../src/downstream/node-exchange.ts'
import type { HookHeaders, HookValue } from '../src/forwarding/hook-headers.ts'
import { isRequestId } from '../src/http/request-id.ts'
import { requestTarget } from '../src/http/request-target.ts'
import type { RawRequest } from './downstream.ts'
import { onSendRunner } from './on-send.ts'
import { sayContinue } from './owner-hooks.ts'

/** CONNECT asks for a tunnel to a place that the client chooses; a gateway in front of its own backends refuses it. */
const methods = METHODS.filter((method) => method !== 'CONNECT')

/** Plugins that make another body of a response, which the gateway does not read. */
const bodyPlugins = ['@fastify/compress', '@fastify/etag']

/**
 * Everything that the owner has no route for goes to the backends. The route for that is added when the application starts:
 * what the owner adds until then comes first, and its hooks see this route like any other.
 */
async function catchAll (fastify: FastifyInstance) {
  const { supportedMethods } = fastify
  // An owner's routes may have them, with bodies.
  for (const method of methods) if (!supportedMethods.includes(method)) fastify.addHttpMethod(method, { hasBody: true })

  const { ready } = fastify
  let isAdded = false
  fastify.ready = function (this: FastifyInstance, ...args: Parameters<typeof ready>) {
    if (!isAdded) {
      isAdded = true
      void fastify.register(catchAllRoute)
    }
    return ready.apply(this, args)
  } as typeof ready
}

async function catchAllRoute (fastify: FastifyInstance) {
  const { forwarder, ownerHooks, routeFoundFor, trust } = fastify
  const onSend = [...ownerHooks.onSend]
  const runOnSend = onSendRunner(onSend, fastify)
  const left = methods.filter((method) => !fastify.hasRoute({ method, url: '/*' }) && !fastify.hasRoute({ method, url: '*' }))
  if (left.length === 0) return

  const parsed = new Set(methods.filter((method) => ownerHooks.methods.has(method)))
  // Declared without a body, Fastify leaves it unread on the raw request: no parser, no limit, no 415, no 400.
  for (const method of methods) if (!parsed.has(method)) fastify.addHttpMethod(method, { overrideExisting: true })
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', (request, payload, done) => {
    showHeaders(request)
    done(null, payload)
  })

  let hasBodies = ownerHooks.hasPreParsing
  ownerHooks.isForwardingRoute = true
  fastify.addHook('onRoute', (route) => {
    ownerHooks.noteForwardingRoute(route, [sayContinue, forward])
    onSend.push(...listOf<onSendHookHandler>(route.onSend))
    const preParsing = listOf<preParsingHookHandler>(route.preParsing).filter((hook) => hook !== sayContinue)
    if (preParsing.length > 0) route.preParsing = preParsing
    else delete route.preParsing
    hasBodies ||= preParsing.length > 0
    if (hasBodies || parsed.size > 0) route.preParsing = [...preParsing, leaveUnread]
    // After those that the owner has added to every route, such as a rate limit's.
    route.preHandler = [...listOf<preHandlerHookHandler>(route.preHandler).filter((hook) => hook !== forward), forward]
  })
  warnOfBodyPlugins(fastify)

  /** The last of these hooks: has the body of the one before it forwarded, and has Fastify leave it alone. */
  function leaveUnread (
    request: FastifyRequest, _reply: FastifyReply, payload: Readable, done: (error: null, payload: Readable) => void
  ): void {
    if (payload !== request.raw) {
      bodies.set(request.raw, payload)
      // It may fail before it is read: its reader is told then, but an error without a listener would end the process.
      payload.on('error', () => {})
    }
    if (parsed.has(request.method) && !bodyless.has(request.method)) hideHeaders(request)
    done(null, payload as never)
  }

  function forward (request: FastifyRequest, reply: FastifyReply): void {
    const req: RawRequest = request.raw
    const path = req.url as string
    if (path !== req.originalUrl && !isSendable(req.method as string, path)) {
      throw new TypeError(`a hook set a url that cannot be sent: ${JSON.stringify(path)}`)
    }
    const requestId = request.id
    if (!isRequestId(requestId)) throw new TypeError(`a request id that cannot be sent: ${JSON.stringify(requestId)}`)
    const facade = facadeOf(req)
    // A hook that listens to the body has made it flow, though nothing has been read yet: it and the backend share the stream.
    const isShared = facade !== undefined && (facade.isBodyTaken || req.readableFlowing === true)
    if (isShared && !bodies.has(req) && req.readableDidRead) throw new Error('a hook has read a part of the body that is to be forwarded')
    const body = bodies.get(req) ?? (isShared ? req : undefined)
    // It throws on what hooks have made of the head, if that cannot be sent.
    const exchange = facade?.handOver(reply.raw) ?? new NodeExchange(req, reply.raw, trust)
    reply.hijack()
    request.isForwarded = true
    // The backend's head comes in the context of whoever used its connection first.
    const scope = onSend.length === 0 ? undefined : facade?.responseScope ?? new AsyncResource('EVENKEEL_RESPONSE')
    let hookHeaders: HookHeaders | undefined
    try {
      hookHeaders = headersOfHooks(reply, requestId)
    } catch (error) { // a value that is none, such as one with a line break
      return forwarder.fail(exchange, requestId, error)
    }
    forwarder.forward(exchange, {
      requestId,
      found: routeFoundFor(req),
      hookHeaders,
      body,
      headHooks: scope && { run (head, done) { scope.runInAsyncScope(runOnSend, undefined, request, reply, head, done) } }
    })
  }

  // Answering in the preHandler keeps the plugin's own handler, which re-reads the path and costs more, out of the way.
  await fastify.register(httpProxy, {
    upstream: '',
    routes: ['/*'],
    httpMethods: left,
    proxyPayloads: false,
    preHandler: forward,
    replyOptions: { getUpstream: () => { throw new Error('nothing is forwarded through reply.from') } },
    destroyAgent: true
  })
  ownerHooks.isSettled = true
  const { listener } = fastify
  const show = listener.onExchange
  // The straight way: where nothing of the owner's could see or answer a request, it needs no router.
  listener.onExchange = (exchange) => {
    const { head } = exchange
    if (head.isMalformed || !ownerHooks.mayConcern(head.method, head.target)) forwarder.forward(exchange)
    else show(exchange)
  }
}

/** What hooks want sent in place of bodies. */
const bodies = new WeakMap<IncomingMessage, Readable>()

/** Where the owner has routes with bodies, Fastify would refuse a type of content that is none, or a QUERY without one. */
const unreadHeaders = { 'content-type': undefined, 'transfer-encoding': 'chunked' }
const unreadQueryHeaders = { 'content-type': 'application/octet-stream' }
const shownHeaders = new WeakMap<FastifyRequest, FastifyRequest['headers'] | undefined>()

/** For these Fastify chooses no parser. */
const bodyless = new Set(['GET', 'HEAD', 'TRACE'])

/** Until Fastify has chosen the parser, which is the one that shows them again. */
function hideHeaders (request: FastifyRequest): void {
  // What a hook has set itself is shown again; undefined makes them those of the raw request.
  shownHeaders.set(request, request.headers === request.raw.headers ? undefined : request.headers)
  request.headers = request.method === 'QUERY' ? unreadQueryHeaders : unreadHeaders
}

function showHeaders (request: FastifyRequest): void {
  if (shownHeaders.has(request)) request.headers = shownHeaders.get(request) as FastifyRequest['headers']
}

function listOf<T> (hooks: unknown): T[] {
  return hooks === undefined ? [] : [hooks].flat() as T[]
}

function warnOfBodyPlugins (fastify: FastifyInstance): void {
  for (const plugin of bodyPlugins) {
    if (!fastify.hasPlugin(plugin)) continue
    fastify.log.warn({ plugin }, 'this plugin has no effect on responses of backends, whose bodies pass through unchanged')
  }
}

/** Whether a url that a hook has set is one that clients could have sent. */
function isSendable (method: string, url: string): boolean {
  return /^[!-~]+$/.test(url) && requestTarget(method, url)?.path === url
}

/** What hooks have set with `reply.header`, or on `reply.raw`; undefined where that is nothing. Throws where it cannot be sent. */
function headersOfHooks (reply: FastifyReply, requestId: string): HookHeaders | undefined {
  const headers = reply.getHeaders() as Record<string, HookValue>
  let found: Record<string, HookValue> | undefined
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || (name === 'x-request-id' && value === requestId)) continue // the gateway's own, which each response has
    validateHeaderName(name)
    for (const each of Array.isArray(value) ? value : [value]) validateHeaderValue(name, String(each))
    found ??= {}
    found[name] = value
  }
  return found
}

export default fp(catchAll, { name: 'catch-all', dependencies: ['proxy', 'owner-hooks', 'request-route'], fastify: '5.x' })
