import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError } from '@fastify/error'
import { BadRequestError, errorBody, HeadersTooLargeError, RequestTimeoutError } from '../errors.ts'
import type { RefusalReason, Refusals } from './refusals.ts'
import { addressOf } from './trust.ts'
import { inPlaceOfWrong, isOfRequest } from './turns.ts'

const kIsRefused = Symbol('is-refused')

interface RefusableSocket extends Socket {
  [kIsRefused]?: boolean
  /** Node's response that is being written here, if any; private to Node. */
  _httpMessage?: ServerResponse | null
}

/** The reasons of those answers that are given without an exchange. */
const reasons: Record<number, RefusalReason> = {
  405: 'method-not-allowed',
  408: 'timeout',
  417: 'expectation-failed',
  431: 'headers-too-large'
}

export function reasonOf ({ statusCode }: FastifyError): RefusalReason {
  return reasons[statusCode ?? 400] ?? 'malformed'
}

/**
 * Answers a client whose bytes are no request, after what it has asked for before, and closes the connection: what follows
 * cannot be trusted to be a request.
 */
export function answerClientError (error: Error & { code?: string }, socket: RefusableSocket, refusals: Refusals): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  if (socket[kIsRefused] === true) return
  socket[kIsRefused] = true
  const answer = clientErrorFor(error)
  // A request whose body is wrong is counted and logged as an exchange. Browsers open connections that they may never use.
  if (!isOfRequest(socket) && socket.bytesRead > 0) {
    const code = error === answer ? undefined : error.code
    refusals.report({ reason: reasonOf(answer), statusCode: answer.statusCode, code, client: addressOf(socket) })
  }
  inPlaceOfWrong(socket, () => { refuse(answer, socket) })
}

function refuse (answer: FastifyError, socket: RefusableSocket): void {
  if (socket._httpMessage?.headersSent === true) {
    socket.destroy()
    return
  }
  const body = errorBody(answer)
  const json = JSON.stringify(body)
  socket.write(
    `HTTP/1.1 ${body.statusCode} ${body.error}\r\n` +
    'Content-Type: application/json; charset=utf-8\r\n' +
    `Content-Length: ${Buffer.byteLength(json)}\r\n` +
    `Connection: close\r\n\r\n${json}`
  )
  socket.destroySoon()
}

function clientErrorFor (error: Error & { code?: string }): FastifyError {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return new RequestTimeoutError()
  if (error.code === 'HPE_HEADER_OVERFLOW') return new HeadersTooLargeError()
  return 'statusCode' in error ? error as FastifyError : new BadRequestError()
}
