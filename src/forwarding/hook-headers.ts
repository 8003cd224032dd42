import type { ServerResponse } from 'node:http'
import { headerKind } from './header-kind.ts'

/**
 * What owners' hooks have set on `res`, as lines, in the bytes that Node has accepted. The backend's headers win over those of
 * hooks, as in @fastify/reply-from, but for `Set-Cookie`, of which there may be many. Framing and connection are not the hooks',
 * who may ask for the connection's end, though: see `asksForClose`.
 */
export function hookLines (res: ServerResponse, rawHeaders: readonly string[], isChunked: boolean): string {
  const ofBackend = new Set<string>()
  for (let i = 0; i < rawHeaders.length; i += 2) ofBackend.add((rawHeaders[i] as string).toLowerCase())
  ofBackend.delete('set-cookie')
  let lines = ''
  for (const name of res.getHeaderNames()) {
    if (ofBackend.has(name) || !isForHooks(name, isChunked)) continue
    const value = res.getHeader(name)
    for (const item of Array.isArray(value) ? value : [value]) lines += `${name}: ${item}\r\n`
  }
  return lines
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
