import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { isRequestId, requestIds } from '../src/http/request-id.ts'
import { parseTrust } from '../src/downstream/trust.ts'

/** One name for a request, made before the first hook: in `request.id` and `request.log`, at the backend, in the log and in the answer. */
async function requestId (fastify: FastifyInstance) {
  fastify.setGenReqId(requestIds(parseTrust(fastify.config.TRUST_PROXY)))
  // For what hooks and routes of the owner's answer, who may set it to something else.
  fastify.addHook('onRequest', (request, reply, done) => {
    if (isRequestId(request.id)) reply.header('x-request-id', request.id)
    done()
  })
}

export default fp(requestId, { name: 'request-id', dependencies: ['config'], fastify: '5.x' })
