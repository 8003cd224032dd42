import type { IncomingMessage } from 'node:http'
import { isHost } from '../http/host.ts'
import { requestTarget, withoutCredentials } from '../http/request-target.ts'

const malformed = new WeakSet<IncomingMessage>()

/**
 * Gives a request of `app.inject` the one form in which hooks judge it and a backend gets it: `url` in origin form, and the host
 * that it is for in `Host`. Must come before the first hook. A request that has no such form is left to be refused: `isMalformed`.
 */
export function settleInjected (req: IncomingMessage): void {
  const target = hasRightHost(req) ? requestTarget(req.method as string, req.url as string) : undefined
  if (target === undefined) {
    malformed.add(req)
    req.url = withoutCredentials(req.url as string)
    return
  }
  if (target.host === undefined) return
  req.url = target.path
  setHost(req, target.host)
}

/** Whether it says where it is to go in a way that is none, or in more than one. */
export function isMalformed (req: IncomingMessage): boolean {
  return malformed.has(req)
}

/** RFC 9112 section 3.2: one Host, and none only before HTTP/1.1. */
function hasRightHost ({ rawHeaders, httpVersionMinor }: IncomingMessage): boolean {
  let host: string | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length !== 4 || name.toLowerCase() !== 'host') continue
    if (host !== undefined) return false
    host = rawHeaders[i + 1] as string
  }
  return host === undefined ? httpVersionMinor === 0 : isHost(host)
}

/** Wherever a hook may look for it. */
function setHost (req: IncomingMessage, host: string): void {
  const { rawHeaders, headers, headersDistinct } = req
  const index = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
  if (index === -1) rawHeaders.push('Host', host)
  else rawHeaders[index + 1] = host
  headers.host = host
  headersDistinct.host = [host]
}
