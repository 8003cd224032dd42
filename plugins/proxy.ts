import { METHODS } from 'node:http'
import type { LookupFunction } from 'node:net'
import httpProxy from '@fastify/http-proxy'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/clock.ts'
import { Forwarder } from '../src/forwarding/forwarder.ts'

/** CONNECT asks for a tunnel to a place that the client chooses; a gateway in front of its own backends refuses it. */
const methods = METHODS.filter((method) => method !== 'CONNECT')

/** The catch-all: every method and path that nothing else on this instance answers goes to the backends. */
async function proxy (fastify: FastifyInstance, { clock, lookup }: { clock: Clock, lookup: LookupFunction }) {
  const { config, registry } = fastify
  const forwarder = new Forwarder({
    registry,
    clock,
    lookup,
    connectTimeoutMs: config.CONNECT_TIMEOUT_MS,
    responseTimeoutMs: config.RESPONSE_TIMEOUT_MS,
    keepAliveMs: config.UPSTREAM_KEEP_ALIVE_MS
  })
  fastify.addHook('onClose', () => { forwarder.close() })

  // Declared without a body, Fastify leaves it unread on the raw request: no parser, no limit, no 415, no 400.
  for (const method of methods) fastify.addHttpMethod(method, { overrideExisting: true })

  async function forward (request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack()
    request.exchange = { attempts: [], outcome: undefined }
    forwarder.forward(request.raw, reply.raw, request.exchange)
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

export default fp(proxy, { name: 'proxy', dependencies: ['config', 'backend-registry', 'access-log'], fastify: '5.x' })
