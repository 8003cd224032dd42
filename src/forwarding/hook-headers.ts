import type { ServerResponse } from 'node:http'
import { headerKind } from '../http/header-kind.ts'

/**
 * What owners' hooks have set on `res`, as lines, in the bytes that Node has accepted. The backend's headers win over those of
 * hooks, as in @fastify/reply-from, but for `Set-Cookie`, of which there may be many, and `X-Request-Id`. Framing and connection are not the hooks',
 * who may ask for the connection's end, though: see `asksForClose`.
 */
export function hookLines (res: ServerResponse, rawHeaders: readonly string[], isChunked: boolean): string {
  const ofBackend = new Set<string>()
  for (let i = 0; i < rawHeaders.length; i += 2) ofBackend.add((rawHeaders[i] as string).toLowerCase())
  ofBackend.delete('set-cookie')
  ofBackend.delete('x-request-id')
  let lines = ''
  for (const name of res.getHeaderNames()) {
    if (ofBackend.has(name) || !isForHooks(name, isChunked)) continue
    const value = res.getHeader(name)
    for (const item of Array.isArray(value) ? value : [value]) lines += `${name}: ${item}\r\n`
  }
  return lines
}

/** The last that names the request in a head that hooks have settled. */
export function requestIdIn (rawHeaders: readonly string[]): string | undefined {
  for (let i = rawHeaders.length - 2; i >= 0; i -= 2) if (headerKind(rawHeaders[i] as string) === 'request-id') return rawHeaders[i + 1]
  return undefined
}

/** The line that names the request; none where a hook has set one of its own. */
export function requestIdLine (res: ServerResponse, requestId: string): string {
  return res.hasHeader('x-request-id') ? '' : `X-Request-Id: ${requestId}\r\n`
}

/** Whether a hook wants the client's connection to end with this response. */
export function asksForClose (res: ServerResponse): boolean {
  return /\bclose\b/i.test(String(res.getHeader('connection') ?? ''))
}

export function isForHooks (name: string, isChunked: boolean): boolean {
  switch (headerKind(name)) {
    case 'connection':
    case 'hop-by-hop':
    case 'te':
    case 'transfer-encoding':
    case 'content-length':
      return false
    case 'trailer':
      return isChunked
    default:
      return true
  }
}
