import type { ServerResponse } from 'node:http'
import type { FastifyError } from '@fastify/error'
import { errorBody } from '../errors.ts'

/** Answers with the gateway's own error, or cuts the connection when an answer has begun and cannot be made whole. */
export function sendError (res: ServerResponse, error: FastifyError): void {
  if (res.headersSent) {
    res.destroy()
    return
  }
  const statusCode = error.statusCode ?? 500
  const body = JSON.stringify(errorBody(error))
  res.setHeader('content-type', 'application/json; charset=utf-8')
  res.setHeader('content-length', Buffer.byteLength(body))
  if (statusCode === 503) res.setHeader('retry-after', '1')
  res.writeHead(statusCode)
  res.end(body)
}
