import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Backend } from '../src/backends/backend.ts'
import type { Clock } from '../src/base/clock.ts'
import { Subscribers } from '../src/base/subscribers.ts'
import type { ExchangeRecord } from '../src/forwarding/exchange-record.ts'
import { Forwarder } from '../src/forwarding/forwarder.ts'
import { isMalformed } from '../src/downstream/injected-request.ts'
import { NodeExchange } from '../src/downstream/node-exchange.ts'
import { OpenExchanges } from '../src/forwarding/open-exchanges.ts'
import { secretsOf } from '../src/link/process-role.ts'
import { ConnectionPools } from '../src/upstream/connection-pools.ts'
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
  const { services, policies, routes, trust, backendAddresses: { names, guardFor } } = fastify
  const records = new Subscribers<ExchangeRecord>()
  fastify.decorate('exchanges', records)
  fastify.decorateRequest('isForwarded', false)

  const settingsFor = ({ service }: Backend) => policies.of(service).connections
  const pools = new ConnectionPools({ clock, names, guardFor, settingsFor })
  const forwarder = new Forwarder({
    clock,
    random,
    trust,
    pseudonym: `evenkeel-${secretsOf(fastify.role)?.gateway ?? fastify.instance}`,
    nameRequest: fastify.nameRequest,
    pools,
    open: new OpenExchanges(),
    onThrown: (err, { method, requestId }) => { fastify.log.error({ err, method, requestId }, 'request failed in the gateway') },
    onRecord: (record) => { records.notify(record) }
  }, routes)
  fastify.decorate('forwarder', forwarder)
  services.events.subscribe(({ type, backend }) => { if (type === 'leave') forwarder.forget(backend) })
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

export default fp(proxy, {
  name: 'proxy',
  dependencies: ['role', 'policies', 'addresses', 'backend-registry', 'routes', 'downstream', 'request-id'],
  fastify: '5.x'
})
