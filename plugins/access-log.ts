import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { AttemptRecord, ExchangeRecord } from '../src/forwarding/exchange-record.ts'
import { withoutQuery } from '../src/http/request-target.ts'
import { clientAddressOf, peerOf } from '../src/downstream/trust.ts'
import { rounded } from '../src/base/rounded.ts'

/** Logs one line per request, when its client has the response or has left. */
async function accessLog (fastify: FastifyInstance) {
  if (!fastify.config.ACCESS_LOG) return

  const { trust } = fastify
  fastify.exchanges.subscribe((record) => { fastify.log.info(lineOf(record), 'request') })
  // A request that a hook or route responded to has no exchange.
  fastify.ownerHooks.addOwnHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    if (!request.isForwarded) {
      fastify.log.info({
        requestId: request.id,
        method: request.method,
        host: request.raw.headers.host,
        path: withoutQuery(request.url),
        statusCode: reply.statusCode,
        durationMs: rounded(reply.elapsedTime),
        client: clientAddressOf(peerOf(request.raw.socket, trust), request.raw.headers['x-forwarded-for'], trust)
      }, 'request')
    }
    done()
  })
}

function lineOf (record: ExchangeRecord) {
  const { requestId, service, route, method, host, path, statusCode, grpcStatus, client, startedAt, endedAt, attempts, outcome } = record
  const last = attempts.at(-1)
  return {
    requestId,
    // Where there is only one, it is not worth a field.
    service: route === undefined || route.source === 'implicit' ? undefined : service,
    route: route?.name,
    method,
    host,
    // The query may contain secrets.
    path: withoutQuery(path),
    statusCode,
    grpcStatus,
    durationMs: rounded(endedAt - startedAt),
    backend: last?.backend.name,
    outcome,
    // A single successful attempt is not worth a field.
    attempts: attempts.length > 1 || last?.reason !== undefined
      ? attempts.map(viewAttempt)
      : undefined,
    client
  }
}

function viewAttempt ({ backend, reason, party, durationMs }: AttemptRecord) {
  return { backend: backend.name, reason, party, durationMs: rounded(durationMs) }
}

export default fp(accessLog, { name: 'access-log', dependencies: ['config', 'downstream', 'proxy', 'owner-hooks'], fastify: '5.x' })
