import type { Socket } from 'node:net'
import { BadRequestError, errorBody, HeadersTooLargeError, RequestTimeoutError } from '../errors.ts'

/** Answers a client whose bytes are no request, and closes the connection: what follows cannot be trusted to be one. */
export function answerClientError (error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = errorBody(clientErrorFor(error.code))
  const json = JSON.stringify(body)
  socket.write(
    `HTTP/1.1 ${body.statusCode} ${body.error}\r\n` +
    'Content-Type: application/json; charset=utf-8\r\n' +
    `Content-Length: ${Buffer.byteLength(json)}\r\n` +
    `Connection: close\r\n\r\n${json}`
  )
  socket.destroySoon()
}

function clientErrorFor (code: string | undefined) {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new RequestTimeoutError()
  if (code === 'HPE_HEADER_OVERFLOW') return new HeadersTooLargeError()
  return new BadRequestError()
}
