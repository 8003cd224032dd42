import { isIPv4 } from 'node:net'
import { parseAddress, type IpAddress } from '../base/addresses.ts'
import type { ProxyVersion } from '../base/protocols.ts'
import type { StatedEnds } from './ends.ts'
import { LOCAL, PROXY, signature, TCP_IPV4, TCP_IPV6 } from './version2.ts'

/**
 * The header of this version that states these ends (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt); without ends, one
 * that states none: `UNKNOWN`, or `LOCAL`. Two IPv4 addresses go as IPv4, and one alone as IPv4-mapped, since a header has one family.
 */
export function writeHeader (version: ProxyVersion, ends: StatedEnds | undefined): Buffer {
  const source = parseAddress(ends?.sourceAddress ?? '')
  const destination = parseAddress(ends?.destinationAddress ?? '')
  if (ends === undefined || source === undefined || destination === undefined) return withoutEnds[version]
  const isByIPv4 = isIPv4(source.text) && isIPv4(destination.text)
  return version === 'v1' ? writeLine(ends, source, destination, isByIPv4) : writeBlock(ends, source, destination, isByIPv4)
}

const withoutEnds: Readonly<Record<ProxyVersion, Buffer>> = {
  v1: Buffer.from('PROXY UNKNOWN\r\n', 'latin1'),
  v2: Buffer.concat([signature, Buffer.from([LOCAL, 0, 0, 0])])
}

function writeLine ({ sourcePort, destinationPort }: StatedEnds, source: IpAddress, destination: IpAddress, isByIPv4: boolean): Buffer {
  const textOf = ({ text }: IpAddress): string => !isByIPv4 && isIPv4(text) ? `::ffff:${text}` : text
  const family = isByIPv4 ? 'TCP4' : 'TCP6'
  return Buffer.from(`PROXY ${family} ${textOf(source)} ${textOf(destination)} ${sourcePort} ${destinationPort}\r\n`, 'latin1')
}

function writeBlock ({ sourcePort, destinationPort }: StatedEnds, source: IpAddress, destination: IpAddress, isByIPv4: boolean): Buffer {
  const words = [source, destination].flatMap((address) => address.words.slice(isByIPv4 ? 3 : 0))
  const blockBytes = 4 * words.length + 4
  const header = Buffer.alloc(16 + blockBytes)
  signature.copy(header)
  header[12] = PROXY
  header[13] = isByIPv4 ? TCP_IPV4 : TCP_IPV6
  header.writeUInt16BE(blockBytes, 14)
  for (const [i, word] of words.entries()) header.writeUInt32BE(word, 16 + 4 * i)
  header.writeUInt16BE(sourcePort, 12 + blockBytes)
  header.writeUInt16BE(destinationPort, 14 + blockBytes)
  return header
}
