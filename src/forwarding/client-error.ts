import type { Socket } from 'node:net'
import type { FastifyError } from '@fastify/error'
import { BadRequestError, errorBody, HeadersTooLargeError, RequestTimeoutError } from '../errors.ts'

interface ServerSocket extends Socket {
  /** Node's response that is being written here, if any; private to Node, and its own `clientError` default uses it too. */
  _httpMessage?: { headersSent: boolean } | null
}

/** Answers a client whose bytes are no request, and closes the connection: what follows cannot be trusted to be one. */
export function answerClientError (error: Error & { code?: string }, socket: ServerSocket): void {
  const isAnswering = socket._httpMessage?.headersSent === true
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) {
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
