import { isIPv4, isIPv6 } from 'node:net'

/** 128 bits, 32 at a time. */
type Words = readonly [number, number, number, number]

/** An IPv4 or IPv6 address in the canonical form that is used to compare, check, dial and log addresses. */
export interface IpAddress {
  /** In the form of RFC 5952, without a zone; an IPv4-mapped address becomes an IPv4 address. */
  readonly text: string
  /** For IPv4 the words of its IPv4-mapped form (RFC 4291 section 2.5.5.2), so that both families share one space. */
  readonly words: Words
  /** The interface after `%` (RFC 4007), which is only meaningful on this machine. */
  readonly zone: string | undefined
}

/** Longer than any address with a zone. */
const maxLength = 64

/** Parses a bare address: no brackets, no port. */
export function parseAddress (text: string): IpAddress | undefined {
  if (text.length > maxLength) return undefined
  if (isIPv4(text)) return { text, words: [0, 0, 0xffff, wordOf(text)], zone: undefined }
  const percent = text.indexOf('%')
  const zone = percent === -1 ? undefined : text.slice(percent + 1)
  const alone = percent === -1 ? text : text.slice(0, percent)
  if (!isIPv6(alone) || (zone !== undefined && !/^[0-9A-Za-z._~-]+$/.test(zone))) return undefined
  return { ...addressOfWords(wordsOfIPv6(alone)), zone }
}

/** Parses an address as proxies write it: bare, with a port as in `192.0.2.1:80` and `[2001:db8::1]:443`, or in brackets. */
export function parseAddressAndPort (text: string): IpAddress | undefined {
  const bracketed = /^\[([^\]]*)\](?::[0-9]{1,5})?$/.exec(text)
  if (bracketed !== null) return isIPv4(bracketed[1] as string) ? undefined : parseAddress(bracketed[1] as string)
  const colon = text.indexOf(':')
  const hasPort = colon !== -1 && colon === text.lastIndexOf(':') && /^[0-9]{1,5}$/.test(text.slice(colon + 1))
  return parseAddress(hasPort ? text.slice(0, colon) : text)
}

/** The host of a url for lookup and dialling: without brackets, addresses in canonical form. */
export function hostOf ({ hostname }: URL): string {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return parseAddress(host)?.text ?? host
}

/** A host as written in a url. */
export function urlHost (host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** Whether only this machine can connect to a listener on `host`. */
export function isLoopback (host: string): boolean {
  const address = parseAddress(host)
  return address === undefined ? host === 'localhost' : loopback.has(address)
}

/** Whether a listener on `host` listens on every address of this machine. */
export function isWildcard (host: string): boolean {
  const address = parseAddress(host)
  return address !== undefined && wildcard.has(address)
}

/**
 * The address itself, and each IPv4 address that a packet to it may end at: IPv4-compatible and -translated (RFC 4291,
 * RFC 2765), NAT64 by either of its prefixes (RFC 6052, RFC 8215) and 6to4 (RFC 3056).
 */
export function readingsOf (address: IpAddress): IpAddress[] {
  return [address, ...embeddedIn(address).map((word) => addressOfWords([0, 0, 0xffff, word]))]
}

function embeddedIn ({ words }: IpAddress): number[] {
  const [first, second, third, last] = words
  // `::` and `::1` are not IPv4-compatible.
  if (first === 0 && second === 0) return (third === 0 && last > 1) || third === 0xffff0000 ? [last] : []
  if (first >>> 16 === 0x2002) return [((first << 16) | (second >>> 16)) >>> 0]
  if (first !== 0x64ff9b) return []
  if (second === 0 && third === 0) return [last]
  return second >>> 16 === 1 ? localNat64(words) : []
}

/** Networks choose the prefix length within 64:ff9b:1::/48: every layout of RFC 6052 section 2.2 with a zero suffix. */
function localNat64 (words: Words): number[] {
  const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('')
  const withoutU = hex.slice(0, 16) + hex.slice(18)
  const layouts = [48, 56, 64].map((length) => withoutU.slice(length / 4)).filter((rest) => /^0*$/.test(rest.slice(8)))
  return [...layouts.map((rest) => parseInt(rest.slice(0, 8), 16)), words[3]].filter((word) => word !== 0)
}

/** A list of addresses and CIDRs. `0.0.0.0/0` is all of IPv4, `::/0` is everything. */
export class AddressRanges {
  readonly #ranges: ReadonlyArray<{ readonly words: Words, readonly masks: Words }>

  constructor (ranges: ReadonlyArray<{ readonly words: Words, readonly bits: number }>) {
    this.#ranges = ranges.map(({ words, bits }) => ({ words, masks: masksOf(bits) }))
  }

  has ({ words: [first, second, third, last] }: IpAddress): boolean {
    for (const { words, masks } of this.#ranges) {
      const differsAbove = ((first ^ words[0]) & masks[0]) | ((second ^ words[1]) & masks[1])
      const differsBelow = ((third ^ words[2]) & masks[2]) | ((last ^ words[3]) & masks[3])
      if ((differsAbove | differsBelow) === 0) return true
    }
    return false
  }
}

/** Parses addresses and CIDRs separated by commas; returns the problem as a phrase if one of them is neither. */
export function parseRanges (text: string): AddressRanges | string {
  const ranges: Array<{ words: Words, bits: number }> = []
  for (const entry of text.split(',').map((part) => part.trim()).filter(Boolean)) {
    const slash = entry.indexOf('/')
    const host = slash === -1 ? entry : entry.slice(0, slash)
    const address = parseAddress(host)
    const most = isIPv4(host) ? 32 : 128
    const length = slash === -1 ? String(most) : entry.slice(slash + 1)
    if (address === undefined || address.zone !== undefined || !/^[0-9]{1,3}$/.test(length) || Number(length) > most) {
      return `"${entry}" is neither an address nor a CIDR`
    }
    ranges.push({ words: address.words, bits: 128 - most + Number(length) })
  }
  return new AddressRanges(ranges)
}

/** For lists in the source code. */
export function rangesOf (text: string): AddressRanges {
  const ranges = parseRanges(text)
  if (typeof ranges === 'string') throw new TypeError(ranges)
  return ranges
}

function masksOf (bits: number): Words {
  const mask = (from: number): number => bits <= from ? 0 : bits >= from + 32 ? -1 : -1 << (32 - (bits - from))
  return [mask(0), mask(32), mask(64), mask(96)]
}

function addressOfWords (words: Words): IpAddress {
  const [first, second, third, last] = words
  const isMapped = first === 0 && second === 0 && third === 0xffff
  return { text: isMapped ? ipv4Text(last) : ipv6Text(words), words, zone: undefined }
}

function wordOf (ipv4: string): number {
  return ipv4.split('.').reduce((word, part) => word * 256 + Number(part), 0)
}

function wordsOfIPv6 (text: string): Words {
  const [left = '', right = ''] = text.split('::')
  const [head, tail] = [groupsOf(left), groupsOf(right)]
  const groups = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]
  const word = (index: number): number => (groups[index] as number) * 0x10000 + (groups[index + 1] as number)
  return [word(0), word(2), word(4), word(6)]
}

function groupsOf (text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return parseInt(group, 16)
    const word = wordOf(group)
    return [word >>> 16, word & 0xffff]
  })
}

function ipv4Text (word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
}

/** RFC 5952 section 4: lower case, no leading zeros, and `::` for the first of the longest runs of zeros. */
function ipv6Text (words: Words): string {
  const groups = words.flatMap((word) => [(word >>> 16).toString(16), (word & 0xffff).toString(16)])
  let [start, length] = [0, 1]
  for (let at = 0; at < 8; at++) {
    let end = at
    while (groups[end] === '0') end++
    if (end - at > length) [start, length] = [at, end - at]
  }
  if (length < 2) return groups.join(':')
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`
}

const loopback = rangesOf('127.0.0.0/8,::1')
const wildcard = rangesOf('0.0.0.0,::')
