import { isIPv6 } from 'node:net'

/**
 * RFC 3986 section 3.2.2, without what would mean one host here and another at a backend: no percent-encoding, which some
 * decode; no comma, which joins two hosts; no empty label, which is a path to those that make a folder of a name. The
 * underscore of many a name in use passes.
 */
const grammar = /^(?:[\w~!$&'()*+;=-]+(?:\.[\w~!$&'()*+;=-]+)*\.?|\[([0-9a-f:.]+)\])(?::([0-9]{0,5}))?$/i

let lastHost = ''

/** Whether this names a host, with or without a port. An empty one is none: the URIs of HTTP have a host (RFC 9110 section 4.2.1). */
export function isHost (value: string): boolean {
  if (value === lastHost) return value !== ''
  const match = grammar.exec(value)
  if (match === null) return false
  const [, bracketed, port] = match
  if (bracketed !== undefined && !isIPv6(bracketed)) return false
  if (port !== undefined && Number(port) > 65_535) return false
  lastHost = value
  return true
}
