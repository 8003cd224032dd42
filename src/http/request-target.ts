import { isHost } from './host.ts'

/** What is asked for, in the form in which a backend is asked. */
export interface RequestTarget {
  readonly path: string
  /** Replaces `Host` where the client gave a target in absolute form (RFC 9112 section 3.2.2). */
  readonly host: string | undefined
}

/**
 * The target of a request as a backend gets it: byte for byte, but for the absolute form, which names its host. Undefined
 * for one that is none: its path has a fragment, which some cut off and others do not; or it holds credentials, which no
 * longer belong there (RFC 9110 section 4.2.4); or it asks for another protocol.
 */
export function requestTarget (method: string, url: string): RequestTarget | undefined {
  if (hasFragmentInPath(url)) return undefined
  if (url.charCodeAt(0) === 47 /* slash */) return { path: url, host: undefined }
  if (url === '*') return method === 'OPTIONS' ? { path: url, host: undefined } : undefined
  const absolute = /^https?:\/\/([^/?]*)/i.exec(url)
  if (absolute === null) return undefined
  const [start, host = ''] = absolute
  if (!isHost(host)) return undefined
  const rest = url.slice(start.length)
  if (rest.startsWith('/')) return { path: rest, host }
  // RFC 9112 section 3.2.4: this asks about the server as a whole.
  return { path: rest === '' && method === 'OPTIONS' ? '*' : `/${rest}`, host }
}

function hasFragmentInPath (url: string): boolean {
  const hash = url.indexOf('#')
  return hash !== -1 && !url.slice(0, hash).includes('?')
}

/**
 * What the router gets to see of a path. It refuses one with percent signs that it cannot decode, but such a path belongs to
 * the backends like any other: those signs are escaped for it, so that all else leads to the same route as ever.
 */
export function routablePath (url: string): string {
  const path = withoutQuery(url)
  if (!path.includes('%') || isDecodable(path)) return url
  const routable = path.replace(encoded, (text) => text.length > 1 && isDecodable(text) ? text : text.replaceAll('%', '%25'))
  return routable + url.slice(path.length)
}

/** The path of a target in origin form; `*` stays. */
export function withoutQuery (target: string): string {
  const end = target.indexOf('?')
  return end === -1 ? target : target.slice(0, end)
}

/** A character of UTF-8, percent-encoded; or else a percent sign. */
const encoded = /%(?:[0-7][\da-f]|[cd][\da-f]%[89ab][\da-f]|e[\da-f](?:%[89ab][\da-f]){2}|f[\da-f](?:%[89ab][\da-f]){3})|%/gi

function isDecodable (text: string): boolean {
  try {
    decodeURI(text)
    return true
  } catch {
    return false
  }
}

/** A url that is refused is logged. */
export function withoutCredentials (url: string): string {
  return url.replace(/^([^/?#]*:\/\/)[^/?#]*@/, '$1')
}
