import type { LookupFunction } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { RequestExplainer } from '../src/admin/request-explainer.ts'
import type { Backend } from '../src/backends/backend.ts'
import { Queue } from '../src/services/queue.ts'
import { parseHashKey } from '../src/routing/hash-key.ts'
import type { Clock } from '../src/base/clock.ts'
import { Subscribers } from '../src/base/subscribers.ts'
import type { ExchangeRecord } from '../src/forwarding/exchange-record.ts'
import { Forwarder } from '../src/forwarding/forwarder.ts'
import { isMalformed } from '../src/downstream/injected-request.ts'
import { NodeExchange } from '../src/downstream/node-exchange.ts'
import { OpenExchanges } from '../src/forwarding/open-exchanges.ts'
import { RegistryAccess } from '../src/forwarding/registry-access.ts'
import { RetryBudget } from '../src/forwarding/retry-budget.ts'
import { StickySessions } from '../src/routing/sticky-sessions.ts'
import { ConnectionPools } from '../src/upstream/connection-pools.ts'
import type { Guard } from '../src/upstream/guard.ts'
import type { RawRequest } from './downstream.ts'

export interface ProxyOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly lookup: LookupFunction
  /** For backends whose address is not the operator's word. */
  readonly guardFor: (backend: Backend) => Guard | undefined
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Told of each request that was forwarded, when its client has its answer or has left. */
    readonly exchanges: Pick<Subscribers<ExchangeRecord>, 'subscribe'>
    readonly forwarder: Forwarder
  }
  interface FastifyRequest {
    isForwarded: boolean
  }
}

/** What forwards requests, and the first of all hooks; `catch-all` decides which requests are forwarded. */
async function proxy (fastify: FastifyInstance, { clock, random, lookup, guardFor }: ProxyOptions) {
  const { config, registry, strategyName, trust } = fastify
  const records = new Subscribers<ExchangeRecord>()
  fastify.decorate('exchanges', records)
  fastify.decorateRequest('isForwarded', false)

  const queue = new Queue({ registry, clock, size: config.QUEUE_SIZE, timeoutMs: config.QUEUE_TIMEOUT_MS })
  const explainer = config.ADMIN_TOKEN === '' ? undefined : new RequestExplainer(registry, strategyName, fastify.tokenGuard)
  const service = new RegistryAccess({
    limits: {
      responseTimeoutMs: config.RESPONSE_TIMEOUT_MS,
      bodyIdleMs: config.BODY_IDLE_TIMEOUT_MS,
      tunnelIdleMs: config.TUNNEL_IDLE_TIMEOUT_MS,
      retries: config.RETRIES,
      replayBytes: config.RETRY_BODY_BYTES,
      maxBodyBytes: config.MAX_BODY_BYTES
    },
    registry,
    queue,
    budget: new RetryBudget(config.RETRY_BUDGET_PERCENT),
    random,
    hashKey: registry.usesKey ? parseHashKey(config.HASH_KEY) : undefined,
    sticky: config.STICKY_COOKIE === '' ? undefined : new StickySessions(registry, config.STICKY_COOKIE, config.STICKY_SECRET),
    explainer: explainer && ((fields, clientAddress, key, sticky) => explainer.explain(fields, clientAddress, key, sticky))
  })
  const forwarder = new Forwarder({
    clock,
    random,
    trust,
    pseudonym: `evenkeel-${fastify.instance}`,
    nameRequest: fastify.nameRequest,
    pools: new ConnectionPools({ clock, lookup, guardFor, connectTimeoutMs: config.CONNECT_TIMEOUT_MS, keepAliveMs: config.UPSTREAM_KEEP_ALIVE_MS }),
    open: new OpenExchanges(),
    onThrown: (err, { method, requestId }) => { fastify.log.error({ err, method, requestId }, 'request failed in the gateway') },
    onRecord: (record) => { records.notify(record) }
  }, service)
  fastify.decorate('forwarder', forwarder)
  registry.events.subscribe(({ type, backend }) => { if (type === 'leave') forwarder.forget(backend) })
  fastify.addHook('onClose', () => {
    queue.close()
    forwarder.close()
  })

  // The first of all hooks: those that follow see the url that is forwarded, and no request that is malformed.
  fastify.addHook('onRequest', (request, reply, done) => {
    const req: RawRequest = request.raw
    req.url = req.originalUrl as string
    if (!isMalformed(req)) return done()
    reply.hijack()
    request.isForwarded = true
    forwarder.forward(new NodeExchange(req, reply.raw, trust), { requestId: request.id })
  })
}

export default fp(proxy, { name: 'proxy', dependencies: ['config', 'token-guard', 'backend-registry', 'downstream', 'request-id'], fastify: '5.x' })
