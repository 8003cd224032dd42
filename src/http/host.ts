import { isIPv6 } from 'node:net'

/**
 * RFC 3986 section 3.2.2, without what would mean one host here and another at a backend: no percent-encoding, which some
 * decode; no comma, which joins two hosts; no empty label, which is a path to those that make a folder of a name. The
 * underscore of many a name in use passes.
 */
const grammar = /^(?:[\w~!$&'()*+;=-]+(?:\.[\w~!$&'()*+;=-]+)*\.?|\[([0-9a-f:.]+)\])(?::([0-9]{0,5}))?$/i

/** What nearly all hosts look like; it costs a third of the whole grammar. */
const usual = /^[\w-]+(?:\.[\w-]+)*(?::[0-9]{1,4})?$/

let lastHost = ''

/** Whether this names a host, with or without a port. An empty one is none: the URIs of HTTP have a host (RFC 9110 section 4.2.1). */
export function isHost (value: string): boolean {
  if (value === lastHost) return value !== ''
  if (!usual.test(value) && !isInGrammar(value)) return false
  lastHost = value
  return true
}

function isInGrammar (value: string): boolean {
  const match = grammar.exec(value)
  if (match === null) return false
  const [, bracketed, port] = match
  return (bracketed === undefined || isIPv6(bracketed)) && (port === undefined || Number(port) <= 65_535)
}
