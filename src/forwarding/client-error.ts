import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError } from '@fastify/error'
import { BadRequestError, errorBody, HeadersTooLargeError, RequestTimeoutError } from '../errors.ts'
import { inPlaceOfWrong } from './turns.ts'

const kIsRefused = Symbol('is-refused')

interface RefusableSocket extends Socket {
  [kIsRefused]?: boolean
  /** Node's response that is being written here, if any; private to Node. */
  _httpMessage?: ServerResponse | null
}

/**
 * Answers a client whose bytes are no request, after what it has asked for before, and closes the connection: what follows
 * cannot be trusted to be a request.
 */
export function answerClientError (error: Error & { code?: string }, socket: RefusableSocket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  if (socket[kIsRefused] === true) return
  socket[kIsRefused] = true
  inPlaceOfWrong(socket, () => { refuse(error, socket) })
}

function refuse (error: Error & { code?: string }, socket: RefusableSocket): void {
  if (socket._httpMessage?.headersSent === true) {
    socket.destroy()
    return
  }
  const body = errorBody(clientErrorFor(error))
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
