import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { InternalError, errorBody } from '../src/errors.ts'

/** What a client is told of an error in the owner's hooks and routes: nothing of the inside. */
async function errors (fastify: FastifyInstance) {
  fastify.setErrorHandler((error, request, reply) => {
    const statusCode = statusOf(error)
    if (statusCode < 500 || (statusCode > 500 && isMeantForClients(error))) return reply.send(error)
    request.log.error({ err: error }, 'request failed')
    return reply.code(500).send(errorBody(new InternalError()))
  })
}

function statusOf (error: unknown): number {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
}

/** An error made with @fastify/error has a message for clients, such as a plugin's 503; any other 5xx may tell of the inside. */
function isMeantForClients (error: unknown): boolean {
  return error instanceof Error && error.name === 'FastifyError'
}

export default fp(errors, { name: 'errors', fastify: '5.x' })
