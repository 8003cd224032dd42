import type { FastifyError } from '@fastify/error'
import type { ClientExchange } from '../downstream/client-exchange.ts'
import { DeadlineError, errorBody } from '../errors.ts'
import { callOf, type GrpcCall } from '../grpc/call.ts'
import { DEADLINE_EXCEEDED, encodedMessage, statusForHttp } from '../grpc/status.ts'
import { Fields } from '../http/fields.ts'
import type { ResponseHead } from '../http/heads.ts'
import { reasons } from '../http/reasons.ts'
import { linesToClient, type ClientLines } from './headers-to-client.ts'

/** An answer of the gateway's own. */
export interface OwnAnswer {
  readonly head: ResponseHead
  readonly body: Buffer
}

/** `call`: the call of gRPC that it is for, which ends with the status that it is answered with. */
export function errorAnswer (error: FastifyError, call: GrpcCall | undefined): OwnAnswer {
  const content = errorBody(error)
  const { statusCode, error: reason } = content
  if (call !== undefined) {
    call.status = grpcStatusOf(error)
    return trailersOnly(call.status, content.message)
  }
  const body = Buffer.from(JSON.stringify(content))
  const raw = ['content-type', 'application/json; charset=utf-8', 'content-length', String(body.length)]
  if (statusCode === 503) raw.push('retry-after', '1')
  return { head: { statusCode, reason, fields: Fields.from(raw) }, body }
}

/** An answer to a call, which clients of gRPC read (grpc/doc/PROTOCOL-HTTP2.md, Trailers-Only): its head is all that there is. */
function trailersOnly (status: number, message: string): OwnAnswer {
  const raw = ['content-type', 'application/grpc', 'grpc-status', String(status), 'grpc-message', encodedMessage(message)]
  return { head: { statusCode: 200, reason: 'OK', fields: Fields.from(raw) }, body: Buffer.alloc(0) }
}

function grpcStatusOf (error: FastifyError): number {
  return error instanceof DeadlineError ? DEADLINE_EXCEEDED : statusForHttp(error.statusCode ?? 500)
}

/** An answer that sends the client to another url; whoever reads it by hand sees which. */
export function redirectAnswer (location: string, statusCode: number): OwnAnswer {
  const body = Buffer.from(`${location}\n`)
  const raw = ['location', location, 'content-type', 'text/plain; charset=utf-8', 'content-length', String(body.length)]
  return { head: { statusCode, reason: reasons[statusCode] ?? '', fields: Fields.from(raw) }, body }
}

/** An answer that is no text and no error. */
export function bytesAnswer (body: Buffer): OwnAnswer {
  const raw = ['content-type', 'application/octet-stream', 'content-length', String(body.length)]
  return { head: { statusCode: 200, reason: 'OK', fields: Fields.from(raw) }, body }
}

/** Sends it; `more` are field lines that are not in its head. */
export function sendAnswer (client: ClientExchange, { head, body }: OwnAnswer, more: Omit<ClientLines, 'mayHaveTrailers'>): void {
  const hasBody = client.head.method !== 'HEAD'
  const lines = linesToClient(head, { mayHaveTrailers: false, ...more })
  client.begin(head.statusCode, head.reason, lines, hasBody ? body.length : 0)
  if (hasBody && body.length > 0) client.write(body)
  client.end('')
}

/** Answers a request that never became an exchange, or cuts it when an answer has begun and cannot be made whole. */
export function sendError (client: ClientExchange, error: FastifyError, requestId: string): void {
  if (client.hasBegun) return client.reset('cut')
  const answer = errorAnswer(error, callOf(client.head))
  sendAnswer(client, answer, { requestIdLine: `X-Request-Id: ${requestId}\r\n`, hookLines: '', changes: undefined })
}
