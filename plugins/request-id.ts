import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { isRequestId, requestIds } from '../src/http/request-id.ts'
import { peerOf } from '../src/downstream/trust.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Names this process: in the ids of its requests, in `Via`, and to those who read its events. */
    readonly instance: string
    /** Names a request; `said` is what a peer that is trusted calls it. */
    readonly nameRequest: (said: unknown) => string
  }
}

/** One name for a request, made before the first hook: in `request.id` and `request.log`, at the backend, in the log and in the answer. */
async function requestId (fastify: FastifyInstance) {
  const { trust } = fastify
  const instance = randomBytes(6).toString('hex')
  const nameRequest = requestIds(instance)
  fastify.decorate('instance', instance)
  fastify.decorate('nameRequest', nameRequest)
  fastify.setGenReqId(({ socket, headers }) => nameRequest(peerOf(socket, trust).isTrusted ? headers['x-request-id'] : undefined))
  // For what hooks and routes of the owner's answer, who may set it to something else.
  fastify.addHook('onRequest', (request, reply, done) => {
    if (isRequestId(request.id)) reply.header('x-request-id', request.id)
    done()
  })
}

export default fp(requestId, { name: 'request-id', dependencies: ['config', 'downstream'], fastify: '5.x' })
