import { isIPv4 } from 'node:net'
import { parseAddress } from '../base/addresses.ts'
import type { StatedEnds } from './ends.ts'
import { LOCAL, PROXY, signature, TCP_IPV4, TCP_IPV6 } from './version2.ts'

/** What is wrong with bytes that should begin with a header of the PROXY protocol. */
export type HeaderProblem = 'no-header' | 'invalid-line' | 'line-too-long' | 'invalid-version' | 'invalid-family' | 'invalid-length'

export type ReadHeader =
  | { readonly type: 'incomplete' }
  | { readonly type: 'malformed', readonly problem: HeaderProblem }
  /** `length`: how many bytes it has. `ends`: undefined where it states none, and those of the connection itself count. */
  | { readonly type: 'header', readonly length: number, readonly ends: StatedEnds | undefined }

/** HAProxy's proxy-protocol.txt section 2.1: the longest line of version 1, with its CRLF, in bytes. */
const maxLineBytes = 107

/** How much may follow the first 16 bytes of version 2: addresses, and extensions (TLVs), among which may be a certificate. */
const maxBlockBytes = 4096

const lineStart = Buffer.from('PROXY ')

/** `UNKNOWN` may be followed by anything, which means nothing. Numbers have no leading zeros (section 2.1). */
const line = /^PROXY (?:UNKNOWN(?: [^\r\n]*)?|TCP([46]) ([^ ]+) ([^ ]+) (0|[1-9][0-9]{0,4}) (0|[1-9][0-9]{0,4}))\r\n$/

/** The 14th byte, of all that there are (section 2.2), and how long the addresses are that follow, in bytes. */
const addressBytes = new Map([[0x00, 0], [TCP_IPV4, 12], [0x12, 12], [TCP_IPV6, 36], [0x22, 36], [0x31, 216], [0x32, 216]])

const incomplete: ReadHeader = { type: 'incomplete' }

/**
 * Reads the header of version 1 or 2 that these bytes begin with (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt). What
 * it says of the first bytes, unless they are incomplete, it says of all bytes that begin with them.
 */
export function readHeader (bytes: Buffer): ReadHeader {
  if (beginsAs(bytes, lineStart)) return bytes.length < lineStart.length ? incomplete : readLine(bytes)
  if (beginsAs(bytes, signature)) return readBlock(bytes)
  return malformed('no-header')
}

function readLine (bytes: Buffer): ReadHeader {
  const length = bytes.subarray(0, maxLineBytes).indexOf('\n') + 1
  if (length === 0) return bytes.length < maxLineBytes ? incomplete : malformed('line-too-long')
  const match = line.exec(bytes.toString('latin1', 0, length))
  if (match === null) return malformed('invalid-line')
  const [, version, source = '', destination = '', sourcePort, destinationPort] = match
  if (version === undefined) return { type: 'header', length, ends: undefined }
  const family = version === '4' ? 'IPv4' : 'IPv6'
  const ends = endsOf(family, source, Number(sourcePort), destination, Number(destinationPort))
  return ends === undefined ? malformed('invalid-line') : { type: 'header', length, ends }
}

function readBlock (bytes: Buffer): ReadHeader {
  const [command, family] = [bytes[12], bytes[13]]
  if (command === undefined) return incomplete
  if (command !== LOCAL && command !== PROXY) return malformed('invalid-version')
  if (family === undefined) return incomplete
  // What is LOCAL has no addresses, whatever it says of them.
  const needed = command === LOCAL ? 0 : addressBytes.get(family)
  if (needed === undefined) return malformed('invalid-family')
  if (bytes.length < 16) return incomplete
  const blockBytes = bytes.readUInt16BE(14)
  if (blockBytes < needed || blockBytes > maxBlockBytes) return malformed('invalid-length')
  const length = 16 + blockBytes
  if (bytes.length < length) return incomplete
  return { type: 'header', length, ends: command === LOCAL ? undefined : readEnds(bytes, family) }
}

/** A family that is none of TCP's states nothing that is of use here, which is allowed (section 2.2). */
function readEnds (bytes: Buffer, family: number): StatedEnds | undefined {
  if (family === TCP_IPV4) {
    return endsOf('IPv4', ipv4(bytes, 16), bytes.readUInt16BE(24), ipv4(bytes, 20), bytes.readUInt16BE(26))
  }
  if (family === TCP_IPV6) {
    return endsOf('IPv6', ipv6(bytes, 16), bytes.readUInt16BE(48), ipv6(bytes, 32), bytes.readUInt16BE(50))
  }
  return undefined
}

function endsOf (
  family: StatedEnds['family'], source: string, sourcePort: number, destination: string, destinationPort: number
): StatedEnds | undefined {
  const sourceAddress = canonical(source, family)
  const destinationAddress = canonical(destination, family)
  if (sourceAddress === undefined || destinationAddress === undefined || sourcePort > 65_535 || destinationPort > 65_535) return undefined
  return { family, sourceAddress, sourcePort, destinationAddress, destinationPort }
}

function canonical (text: string, family: StatedEnds['family']): string | undefined {
  if (isIPv4(text) !== (family === 'IPv4')) return undefined
  const address = parseAddress(text)
  return address?.zone === undefined ? address?.text : undefined
}

function ipv4 (bytes: Buffer, at: number): string {
  return bytes.subarray(at, at + 4).join('.')
}

function ipv6 (bytes: Buffer, at: number): string {
  const groups: string[] = []
  for (let group = at; group < at + 16; group += 2) groups.push(bytes.readUInt16BE(group).toString(16))
  return groups.join(':')
}

function beginsAs (bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length)
  return bytes.compare(start, 0, length, 0, length) === 0
}

function malformed (problem: HeaderProblem): ReadHeader {
  return { type: 'malformed', problem }
}
