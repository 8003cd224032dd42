import type { ServerResponse } from 'node:http'
import type { FastifyError } from '@fastify/error'
import { errorBody } from '../errors.ts'
import { asksForClose, hookLines, requestIdLine } from './hook-headers.ts'
import { closeLine, takeHead } from './own-head.ts'
import { clientHead } from './response-head.ts'

/** Answers with the gateway's own error, which names the request where that has a name, or cuts the connection when an answer has begun and cannot be made whole. */
export function sendError (res: ServerResponse, error: FastifyError, keepAliveLines: string, requestId?: string): void {
  if (res.headersSent) {
    cutResponse(res)
    return
  }
  const body = errorBody(error)
  const { statusCode, error: reason } = body
  const json = JSON.stringify(body)
  const rawHeaders = ['content-type', 'application/json; charset=utf-8', 'content-length', String(Buffer.byteLength(json))]
  if (statusCode === 503) rawHeaders.push('retry-after', '1')
  if (asksForClose(res)) res.shouldKeepAlive = false
  const head = clientHead({ statusCode, reason, rawHeaders }, {
    isChunked: false,
    requestIdLine: requestId === undefined ? '' : requestIdLine(res, requestId),
    connectionLines: res.shouldKeepAlive ? keepAliveLines : closeLine,
    hookLines: hookLines(res, rawHeaders, false)
  })
  takeHead(res, statusCode, head)
  if (res.req.method === 'HEAD') res.end()
  else res.end(json)
}

/** Half a response must not look whole. */
export function cutResponse (res: ServerResponse): void {
  const { socket, req } = res
  if (socket === null) return // the client has left
  // An HTTP/1.0 client may know the end of a body only by that of its connection. Without a remote port it is not TCP's,
  // or gone already, and cannot be reset.
  if (req.httpVersionMinor === 0 && socket.remotePort !== undefined) socket.resetAndDestroy()
  else socket.destroy()
}
