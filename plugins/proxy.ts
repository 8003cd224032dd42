import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { LookupFunction, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { RequestExplainer } from '../src/admin/request-explainer.ts'
import type { Backend } from '../src/backends/backend.ts'
import { parseHashKey, type HashKey } from '../src/routing/hash-key.ts'
import type { Clock } from '../src/base/clock.ts'
import type { Exchange } from '../src/forwarding/exchange.ts'
import { Forwarder } from '../src/forwarding/forwarder.ts'
import { isMalformed } from '../src/http/request-target.ts'
import { clientAddressOf, parseTrust, peerOf, type Trust } from '../src/downstream/trust.ts'
import { routeUpgrades, upgradeOf } from '../src/downstream/upgrades.ts'
import { keepAliveLines } from '../src/downstream/own-head.ts'
import type { Guard } from '../src/upstream/guard.ts'
import type { RawRequest } from './client-limits.ts'

export interface ProxyOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly lookup: LookupFunction
  /** For backends whose address is not the operator's word. */
  readonly guardFor: (backend: Backend) => Guard | undefined
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Called for each request that was forwarded, when its client has its answer or has left. */
    readonly exchangeListeners: Set<(exchange: Exchange) => void>
    /** Sockets that have left HTTP by an upgrade. */
    readonly upgradedSockets: ReadonlySet<Socket>
    readonly forwarder: Forwarder
  }
  interface FastifyRequest {
    isForwarded: boolean
  }
}

/** What forwards requests, and the first of all hooks; `catch-all` decides which requests are forwarded. */
async function proxy (fastify: FastifyInstance, { clock, random, lookup, guardFor }: ProxyOptions) {
  const { config, services: { default: service }, strategyName } = fastify
  const listeners = new Set<(exchange: Exchange) => void>()
  fastify.decorate('exchangeListeners', listeners)
  fastify.decorate('upgradedSockets', routeUpgrades(fastify.server, (req, res) => { fastify.routing(req, res) }, fastify.refusals))
  fastify.decorateRequest('isForwarded', false)

  const trust = parseTrust(config.TRUST_PROXY)
  // A connection that is gone has no address any more.
  fastify.server.on('connection', (socket: Socket) => { peerOf(socket, trust) })
  const explainer = config.ADMIN_TOKEN === ''
    ? undefined
    : new RequestExplainer(service, strategyName, fastify.tokenGuard, (req) => clientAddressOf(req, trust))
  const instance = randomBytes(6).toString('hex')
  const forwarder = new Forwarder({
    service,
    clock,
    random,
    lookup,
    guardFor,
    head: {
      trust,
      pseudonym: `evenkeel-${instance}`
    },
    connectTimeoutMs: config.CONNECT_TIMEOUT_MS,
    responseTimeoutMs: config.RESPONSE_TIMEOUT_MS,
    bodyIdleMs: config.BODY_IDLE_TIMEOUT_MS,
    tunnelIdleMs: config.TUNNEL_IDLE_TIMEOUT_MS,
    keepAliveMs: config.UPSTREAM_KEEP_ALIVE_MS,
    keepAliveLines: keepAliveLines(config.KEEP_ALIVE_TIMEOUT_MS),
    keyOf: service.usesKey ? keyReader(parseHashKey(config.HASH_KEY), trust, random) : undefined,
    explain: explainer && ((req, key, sticky) => explainer.explain(req, key, sticky)),
    replayBytes: config.RETRY_BODY_BYTES,
    maxBodyBytes: config.MAX_BODY_BYTES,
    onThrown: (err, { req: { method }, requestId }) => { fastify.log.error({ err, method, requestId }, 'request failed in the gateway') },
    onExchangeEnd: (exchange) => { for (const listener of listeners) listener(exchange) }
  })
  fastify.decorate('forwarder', forwarder)
  service.events.subscribe(({ type, backend }) => { if (type === 'leave') forwarder.forget(backend) })
  fastify.addHook('onClose', () => {
    forwarder.close()
  })

  // The first of all hooks: those that follow see the url that is forwarded, and no request that is malformed.
  fastify.addHook('onRequest', (request, reply, done) => {
    const req: RawRequest = request.raw
    req.url = req.originalUrl as string
    // For what the owner answers; what is forwarded says so anyway.
    if (forwarder.isEnding) reply.header('connection', 'close')
    if (!isMalformed(req)) return done()
    reply.hijack()
    request.isForwarded = true
    forwarder.forward({ req, res: reply.raw, path: req.url, requestId: request.id, upgrade: upgradeOf(req), hasHeadersOfHooks: false })
  })
}

/** A request without the key goes anywhere, rather than all of them to one place. */
function keyReader (hashKey: HashKey, trust: Trust, random: () => number) {
  return (req: IncomingMessage, path: string): string => hashKey(req, path, clientAddressOf(req, trust)) ?? String(random())
}

export default fp(proxy, { name: 'proxy', dependencies: ['config', 'token-guard', 'backend-registry', 'client-limits', 'request-id'], fastify: '5.x' })
