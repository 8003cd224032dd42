import { headerKind } from '../http/header-kind.ts'
import type { Fields } from '../http/fields.ts'

/** A header as hooks see and set it. */
export type HookValue = string | number | readonly string[] | undefined

/** Headers as hooks have set them, by lower-case names; checked to be sendable. */
export type HookHeaders = Readonly<Record<string, HookValue>>

/**
 * What owners' hooks have set, as lines. The backend's headers win over those of hooks, as in @fastify/reply-from, but for
 * `Set-Cookie`, of which there may be many, and `X-Request-Id`. Framing and connection are not the hooks', who may ask for the
 * connection's end, though: see `asksForClose`.
 */
export function hookLines (headers: HookHeaders, fields: Fields, mayHaveTrailers: boolean): string {
  let lines = ''
  for (const name in headers) {
    if (!isForHooks(name, mayHaveTrailers)) continue
    if (name !== 'set-cookie' && name !== 'x-request-id' && fields.get(name) !== undefined) continue
    for (const value of valuesOf(headers[name])) lines += `${name}: ${value}\r\n`
  }
  return lines
}

/** The last that names the request in a head that hooks have settled. */
export function requestIdIn (fields: Fields): string | undefined {
  const raw = fields.toRaw()
  for (let i = raw.length - 2; i >= 0; i -= 2) if (headerKind(raw[i] as string) === 'request-id') return raw[i + 1]
  return undefined
}

/** Whether a hook wants the client's connection to end with this response. */
export function asksForClose (headers: HookHeaders): boolean {
  return headers['connection'] !== undefined && /\bclose\b/i.test(String(headers['connection']))
}

export function isForHooks (name: string, mayHaveTrailers: boolean): boolean {
  switch (headerKind(name)) {
    case 'connection':
    case 'hop-by-hop':
    case 'te':
    case 'transfer-encoding':
    case 'content-length':
      return false
    case 'trailer':
      return mayHaveTrailers
    default:
      return true
  }
}

export function valuesOf (value: HookValue): string[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value.map(String) : [String(value)]
}
