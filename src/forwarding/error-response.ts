import type { FastifyError } from '@fastify/error'
import type { ClientExchange } from '../downstream/client-exchange.ts'
import { errorBody } from '../errors.ts'
import { Fields } from '../http/fields.ts'
import type { ResponseHead } from '../http/heads.ts'
import { linesToClient } from './headers-to-client.ts'

/** An answer of the gateway's own. */
export interface ErrorAnswer {
  readonly head: ResponseHead
  readonly body: Buffer
}

export function errorAnswer (error: FastifyError): ErrorAnswer {
  const content = errorBody(error)
  const { statusCode, error: reason } = content
  const body = Buffer.from(JSON.stringify(content))
  const raw = ['content-type', 'application/json; charset=utf-8', 'content-length', String(body.length)]
  if (statusCode === 503) raw.push('retry-after', '1')
  return { head: { statusCode, reason, fields: Fields.from(raw) }, body }
}

/** Sends it; `requestIdLine` and `hookLines` are field lines that are not in its head, each with its end. */
export function sendErrorAnswer (client: ClientExchange, { head, body }: ErrorAnswer, requestIdLine: string, hookLines: string): void {
  const hasBody = client.head.method !== 'HEAD'
  const lines = linesToClient(head, { mayHaveTrailers: false, requestIdLine, hookLines })
  client.begin(head.statusCode, head.reason, lines, hasBody ? body.length : 0)
  if (hasBody) client.write(body)
  client.end('')
}

/** Answers a request that never became an exchange, or cuts it when an answer has begun and cannot be made whole. */
export function sendError (client: ClientExchange, error: FastifyError, requestId: string): void {
  if (client.hasBegun) client.reset('cut')
  else sendErrorAnswer(client, errorAnswer(error), `X-Request-Id: ${requestId}\r\n`, '')
}
