import { parseAddress } from '../base/addresses.ts'

const isPlain = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/

/**
 * What of a host decides about a route: its name in lower case, without the port and without one dot at the end; an IPv6 address
 * with its brackets, in the form of RFC 5952. Empty where there is no host.
 */
export function hostKey (host: string | undefined): string {
  if (host === undefined) return ''
  if (isPlain.test(host)) return host
  const lower = host.toLowerCase()
  if (lower.startsWith('[')) return addressKey(lower)
  const colon = lower.indexOf(':')
  const name = colon === -1 ? lower : lower.slice(0, colon)
  return name.endsWith('.') ? name.slice(0, -1) : name
}

function addressKey (lower: string): string {
  const end = lower.indexOf(']')
  const text = parseAddress(lower.slice(1, end))?.text
  // An IPv4-mapped address comes back as an IPv4 address, which does not stand in brackets.
  return text?.includes(':') === true ? `[${text}]` : lower.slice(0, end + 1)
}
