import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { RequestExplainer } from '../src/admin/request-explainer.ts'
import { parseHashKey, type HashKey } from '../src/routing/hash-key.ts'
import type { Clock } from '../src/base/clock.ts'
import { Subscribers } from '../src/base/subscribers.ts'
import type { ExchangeRecord } from '../src/forwarding/exchange-record.ts'
import { Forwarder } from '../src/forwarding/forwarder.ts'
import { isMalformed } from '../src/downstream/injected-request.ts'
import { NodeExchange } from '../src/downstream/node-exchange.ts'
import { OpenExchanges } from '../src/forwarding/open-exchanges.ts'
import { ServiceAccess } from '../src/forwarding/service-access.ts'
import { ConnectionPools } from '../src/upstream/connection-pools.ts'
import { SettingError } from '../src/config/setting-error.ts'
import { expectation } from './config.ts'
import type { RawRequest } from './downstream.ts'

export interface ProxyOptions {
  readonly clock: Clock
  readonly random: () => number
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
async function proxy (fastify: FastifyInstance, { clock, random }: ProxyOptions) {
  const { config, services: { default: service }, strategyName, trust, backendAddresses: { lookup, guardFor } } = fastify
  const records = new Subscribers<ExchangeRecord>()
  fastify.decorate('exchanges', records)
  fastify.decorateRequest('isForwarded', false)

  const explainer = config.ADMIN_TOKEN === '' ? undefined : new RequestExplainer(service, strategyName, fastify.tokenGuard)
  const access = new ServiceAccess({
    service,
    limits: {
      responseTimeoutMs: config.RESPONSE_TIMEOUT_MS,
      bodyIdleMs: config.BODY_IDLE_TIMEOUT_MS,
      tunnelIdleMs: config.TUNNEL_IDLE_TIMEOUT_MS,
      replayBytes: config.RETRY_BODY_BYTES,
      maxBodyBytes: config.MAX_BODY_BYTES
    },
    random,
    hashKey: service.usesKey ? hashKeyOf(config.HASH_KEY) : undefined,
    explainer: explainer && ((fields, clientAddress, facts) => explainer.explain(fields, clientAddress, facts))
  })
  const { CONNECT_TIMEOUT_MS: connectTimeoutMs, UPSTREAM_KEEP_ALIVE_MS: keepAliveMs } = config
  const pools = new ConnectionPools({ clock, lookup, guardFor, connectTimeoutMs, keepAliveMs })
  const forwarder = new Forwarder({
    clock,
    random,
    trust,
    pseudonym: `evenkeel-${fastify.instance}`,
    nameRequest: fastify.nameRequest,
    pools,
    open: new OpenExchanges(),
    onThrown: (err, { method, requestId }) => { fastify.log.error({ err, method, requestId }, 'request failed in the gateway') },
    onRecord: (record) => { records.notify(record) }
  }, access)
  fastify.decorate('forwarder', forwarder)
  service.events.subscribe(({ type, backend }) => { if (type === 'leave') forwarder.forget(backend) })
  fastify.addHook('onClose', () => {
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

function hashKeyOf (setting: string): HashKey {
  const hashKey = parseHashKey(setting)
  if (hashKey === undefined) throw new SettingError('HASH_KEY', setting, expectation('HASH_KEY'))
  return hashKey
}

export default fp(proxy, {
  name: 'proxy',
  dependencies: ['config', 'addresses', 'token-guard', 'backend-registry', 'downstream', 'request-id'],
  fastify: '5.x'
})
