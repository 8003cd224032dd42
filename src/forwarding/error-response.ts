import type { ServerResponse } from 'node:http'
import type { FastifyError } from '@fastify/error'
import { errorBody } from '../errors.ts'
import { asksForClose, hookLines, requestIdLine } from './hook-headers.ts'
import { closeLine, isOnSocket, takeHead } from '../downstream/own-head.ts'
import { clientHead, type HeadFields } from './headers-to-client.ts'

/**
 * Answers with the gateway's own error, which names the request where that has a name, or cuts the connection when an answer has
 * begun and cannot be made whole.
 */
export function sendError (res: ServerResponse, error: FastifyError, keepAliveLines: string, requestId?: string): void {
  if (res.headersSent) {
    cutResponse(res)
    return
  }
  const { head, json } = errorAnswer(error)
  sendErrorAnswer(res, head, json, {
    keepAliveLines,
    requestIdLine: requestId === undefined ? '' : requestIdLine(res, requestId),
    hookLines: hookLines(res, head.rawHeaders, false)
  })
}

/** The answer that is the gateway's own. */
export function errorAnswer (error: FastifyError): { head: HeadFields, json: string } {
  const body = errorBody(error)
  const { statusCode, error: reason } = body
  const json = JSON.stringify(body)
  const rawHeaders = ['content-type', 'application/json; charset=utf-8', 'content-length', String(Buffer.byteLength(json))]
  if (statusCode === 503) rawHeaders.push('retry-after', '1')
  return { head: { statusCode, reason, rawHeaders }, json }
}

/** What is in the head of an error besides its own headers, as lines, each with its end. */
interface ErrorLines {
  readonly keepAliveLines: string
  readonly requestIdLine: string
  /** Headers that hooks have set and that are not in the head. */
  readonly hookLines: string
}

export function sendErrorAnswer (res: ServerResponse, head: HeadFields, json: string, { keepAliveLines, requestIdLine, hookLines }: ErrorLines): void {
  if (asksForClose(res)) res.shouldKeepAlive = false
  const connectionLines = res.shouldKeepAlive ? keepAliveLines : closeLine
  takeHead(res, head.statusCode, clientHead(head, { isChunked: false, requestIdLine, connectionLines, hookLines }))
  if (res.req.method === 'HEAD') res.end()
  else res.end(json)
}

/** Half a response must not look whole. */
export function cutResponse (res: ServerResponse): void {
  const { socket, req } = res
  if (socket === null) return // the client has left
  if (!isOnSocket(res)) {
    res.destroy()
    return
  }
  // An HTTP/1.0 client may know the end of a body only by that of its connection. Without a remote port it is not TCP's,
  // or gone already, and cannot be reset.
  if (req.httpVersionMinor === 0 && socket.remotePort !== undefined) socket.resetAndDestroy()
  else socket.destroy()
}
