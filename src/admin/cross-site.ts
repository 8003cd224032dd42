import type { IncomingHttpHeaders } from 'node:http'
import { hostOf, isLoopback } from '../base/addresses.ts'

/**
 * Whether a request may come from a page of another site, which must neither read nor change anything here: judged by
 * `Origin` and `Sec-Fetch-Site` and, if there is no token, by a `Host` that may be a foreign name pointed at this machine
 * (DNS rebinding).
 */
export function isCrossSite ({ host = '', origin, 'sec-fetch-site': site }: IncomingHttpHeaders, hasToken: boolean): boolean {
  if (site === 'cross-site' || site === 'same-site') return true
  if (origin !== undefined && !isOriginOf(origin, host)) return true
  return !hasToken && !isLoopback(hostname(host))
}

function isOriginOf (origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}

function hostname (host: string): string {
  return URL.canParse(`http://${host}`) ? hostOf(new URL(`http://${host}`)) : ''
}
