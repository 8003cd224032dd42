import type { FastifyError } from '@fastify/error'
import { BadRequestError, errorBody, HeadersTooLargeError, Http2PrefaceError, MethodNotAllowedError, RequestTimeoutError, TlsHelloError } from '../../errors.ts'
import type { MessageErrorCode } from '../../http1/message-error.ts'
import type { RefusalReason } from '../refusals.ts'

/** What is wrong with bytes that are no request, or with a client that sends none. */
export type Refused = MessageErrorCode | 'connect' | 'timeout'

/** Why a request is refused that no exchange is made of, and what its client is told. */
export function refusalFor (code: Refused): { reason: RefusalReason, error: FastifyError } {
  switch (code) {
    case 'connect': return { reason: 'method-not-allowed', error: new MethodNotAllowedError() }
    case 'timeout': return { reason: 'timeout', error: new RequestTimeoutError() }
    case 'head-too-large':
    case 'too-many-fields': return { reason: 'headers-too-large', error: new HeadersTooLargeError() }
    case 'tls-hello': return { reason: 'tls-hello', error: new TlsHelloError() }
    case 'http2-preface': return { reason: 'http2-preface', error: new Http2PrefaceError() }
    default: return { reason: 'malformed', error: new BadRequestError() }
  }
}

/** The whole answer, after which the connection ends: what follows cannot be trusted to be a request. */
export function refusalText (error: FastifyError): string {
  const body = errorBody(error)
  const json = JSON.stringify(body)
  return `HTTP/1.1 ${body.statusCode} ${body.error}\r\n` +
    'Content-Type: application/json; charset=utf-8\r\n' +
    `Content-Length: ${Buffer.byteLength(json)}\r\n` +
    `Connection: close\r\n\r\n${json}`
}
