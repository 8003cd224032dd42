import { createHash } from 'node:crypto'
import { hostOf, urlHost } from '../base/addresses.ts'

/** The name of the service of all backends for which no other is named. */
export const defaultService = 'default'

/**
 * The id of the backend with this address, as `addressText` writes it, in this service: stable across restarts and gateways. In the
 * service `default` it is that of the address alone, as it was before there were others.
 */
export function idOf (address: string, service = defaultService): string {
  const identity = service === defaultService ? address : `${service} ${address}`
  return createHash('sha256').update(identity).digest('hex').slice(0, 12)
}

/** Reads the url of a backend; returns what is wrong with it, as a phrase, when it cannot be one. */
export function parseBackendUrl (text: string): URL | string {
  // To URL, h2c is no scheme of hosts: what follows it is read as that of http.
  const isH2c = /^\s*h2c:/i.test(text)
  const readable = isH2c ? text.replace(/h2c:/i, 'http:') : text
  if (!URL.canParse(readable)) return `expected a url such as ${isH2c ? 'h2c' : 'http'}://10.0.0.1:3000`
  const url = new URL(readable)
  if (url.protocol === 'unix:') {
    const isPath = url.pathname.startsWith('/') && url.pathname.length > 1
    return isPath ? url : 'expected the absolute path of a socket, such as unix:/run/app.sock'
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return `"${url.protocol}" is not supported; expected http:, https:, h2c: or unix:`
  }
  if (url.hostname === '') return 'expected a host'
  if (url.username !== '' || url.password !== '') return 'credentials in the url of a backend are not supported; remove them'
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return 'the url of a backend must end after the port; request paths are passed through unchanged'
  }
  if (url.port === '0') return 'port 0 cannot be connected to'
  // Two notations of one address are one backend.
  url.hostname = urlHost(hostOf(url))
  return isH2c ? new URL(`h2c://${url.host}`) : url
}

/** What a backend is known by: the origin of its url, or the path of its socket. */
export function addressText (url: URL): string {
  if (url.protocol === 'unix:') return `unix:${url.pathname}`
  return url.protocol === 'h2c:' ? `h2c://${url.host}` : url.origin
}
