// @fastify/http-proxy as it comes: its default undici agent, its default handler; round robin through `getUpstream`.

import type { FastifyInstance, FastifyPluginCallback } from 'fastify'
import { givenHost, givenPort, keepAliveMs, load, nextTarget } from './given.ts'

interface ProxyOptions {
  readonly upstream: string
  readonly replyOptions: { getUpstream: () => string }
}

type Fastify = (options: { keepAliveTimeout: number }) => FastifyInstance

const fastify = load<Fastify>('fastify')({ keepAliveTimeout: keepAliveMs })

fastify.register(load<FastifyPluginCallback<ProxyOptions>>('@fastify/http-proxy'), {
  upstream: '',
  replyOptions: { getUpstream: nextTarget }
})

await fastify.listen({ host: givenHost, port: givenPort, backlog: 4096 })
