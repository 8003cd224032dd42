import { hostKey } from './host.ts'

/** Where the requests of a route are sent by an answer. */
export interface Redirect {
  /** `https`: to the same host by HTTPS; else the url whose path goes before that of the request. */
  readonly to: string
  readonly statusCode: 301 | 302 | 307 | 308
}

/**
 * The absolute url for `Location`: path and query are kept. `host` is that of the request. Undefined where the request has none, as in
 * HTTP/1.0, and the redirect needs it: of `https:///evil.com/` browsers make `https://evil.com/`.
 */
export function locationOf ({ to }: Redirect, host: string | undefined, target: string): string | undefined {
  const path = target === '*' ? '/' : target
  if (to === 'https') {
    const name = hostKey(host)
    return name === '' ? undefined : `https://${name}${path}`
  }
  const url = new URL(to)
  return url.origin + url.pathname.replace(/\/+$/, '') + path
}
