import { randomBytes } from 'node:crypto'
import { METHODS, type IncomingMessage } from 'node:http'
import type { LookupFunction, Socket } from 'node:net'
import httpProxy from '@fastify/http-proxy'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { RequestExplainer } from '../src/admin/request-explainer.ts'
import { TokenGuard } from '../src/admin/token-guard.ts'
import type { Backend } from '../src/backends/backend.ts'
import { WaitingLine } from '../src/backends/waiting-line.ts'
import { parseHashKey, type HashKey } from '../src/balancing/hash-key.ts'
import type { Clock } from '../src/clock.ts'
import type { Exchange } from '../src/forwarding/exchange.ts'
import { Forwarder } from '../src/forwarding/forwarder.ts'
import { RetryBudget } from '../src/forwarding/retry-budget.ts'
import { StickySessions } from '../src/forwarding/sticky-sessions.ts'
import { clientAddressOf, parseTrust, type Trust } from '../src/forwarding/trust.ts'
import { routeUpgrades, upgradeOf } from '../src/forwarding/upgrades.ts'
import { keepAliveLines } from '../src/forwarding/whole-response.ts'

export interface ProxyOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly lookupFor: (backend: Backend) => LookupFunction
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

/** CONNECT asks for a tunnel to a place that the client chooses; a gateway in front of its own backends refuses it. */
const methods = METHODS.filter((method) => method !== 'CONNECT')

/** The catch-all: every method and path that nothing else on this instance answers goes to the backends. */
async function proxy (fastify: FastifyInstance, { clock, random, lookupFor }: ProxyOptions) {
  const { config, registry, strategyName } = fastify
  const listeners = new Set<(exchange: Exchange) => void>()
  fastify.decorate('exchangeListeners', listeners)
  fastify.decorate('upgradedSockets', routeUpgrades(fastify.server, (req, res) => { fastify.routing(req, res) }, fastify.refusals))
  fastify.decorateRequest('isForwarded', false)

  const trust = parseTrust(config.TRUST_PROXY)
  const line = new WaitingLine({ registry, clock, size: config.QUEUE_SIZE, timeoutMs: config.QUEUE_TIMEOUT_MS })
  const explainer = config.ADMIN_TOKEN === '' ? undefined : new RequestExplainer(registry, strategyName, new TokenGuard(config.ADMIN_TOKEN, clock))
  const instance = randomBytes(6).toString('hex')
  let requests = 0
  const forwarder = new Forwarder({
    registry,
    clock,
    random,
    lookupFor,
    head: {
      trust,
      pseudonym: `evenkeel-${instance}`,
      nextRequestId: () => `${instance}-${(++requests).toString(36)}`
    },
    connectTimeoutMs: config.CONNECT_TIMEOUT_MS,
    responseTimeoutMs: config.RESPONSE_TIMEOUT_MS,
    bodyIdleMs: config.BODY_IDLE_TIMEOUT_MS,
    tunnelIdleMs: config.TUNNEL_IDLE_TIMEOUT_MS,
    keepAliveMs: config.UPSTREAM_KEEP_ALIVE_MS,
    keepAliveLines: keepAliveLines(config.KEEP_ALIVE_TIMEOUT_MS),
    line,
    keyOf: registry.usesKey ? keyReader(parseHashKey(config.HASH_KEY), trust, random) : undefined,
    sticky: config.STICKY_COOKIE === '' ? undefined : new StickySessions(registry, config.STICKY_COOKIE, config.STICKY_SECRET),
    explain: explainer && ((req, key, kept) => explainer.explain(req, key, kept)),
    retries: config.RETRIES,
    budget: new RetryBudget(config.RETRY_BUDGET_PERCENT),
    replayBytes: config.RETRY_BODY_BYTES,
    maxBodyBytes: config.MAX_BODY_BYTES,
    onExchangeEnd: (exchange) => { for (const listener of listeners) listener(exchange) }
  })
  fastify.decorate('forwarder', forwarder)
  registry.events.subscribe(({ type, backend }) => { if (type === 'leave') forwarder.forget(backend) })
  fastify.addHook('onClose', () => {
    line.close()
    forwarder.close()
  })

  // Declared without a body, Fastify leaves it unread on the raw request: no parser, no limit, no 415, no 400.
  for (const method of methods) fastify.addHttpMethod(method, { overrideExisting: true })

  function forward (request: FastifyRequest, reply: FastifyReply): void {
    reply.hijack()
    request.isForwarded = true
    const { raw: req } = request
    const { raw: res } = reply
    forwarder.forward({ req, res, url: request.originalUrl, upgrade: upgradeOf(req), hasHeadersOfHooks: passHeaders(reply) })
  }

  // Answering in the preHandler keeps the plugin's own handler, which re-reads the path and costs more, out of the way.
  await fastify.register(httpProxy, {
    upstream: '',
    httpMethods: methods,
    preHandler: forward,
    replyOptions: { getUpstream: () => { throw new Error('nothing is forwarded through reply.from') } },
    destroyAgent: true
  })
  // What the router knows no route for, such as `OPTIONS *`, belongs to the backends too.
  fastify.setNotFoundHandler({ preHandler: forward }, () => {})
}

/** A request without the key goes anywhere, rather than all of them to one place. */
function keyReader (hashKey: HashKey, trust: Trust, random: () => number) {
  return (req: IncomingMessage, path: string): string => hashKey(req, path, clientAddressOf(req, trust)) ?? String(random())
}

/** Puts what hooks have set with `reply.header` where it is sent from; tells whether there is anything. */
function passHeaders (reply: FastifyReply): boolean {
  const headers = reply.getHeaders()
  let hasAny = false
  for (const name in headers) {
    hasAny = true
    const value = headers[name]
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
  return hasAny
}

export default fp(proxy, { name: 'proxy', dependencies: ['config', 'backend-registry', 'client-limits'], fastify: '5.x' })
