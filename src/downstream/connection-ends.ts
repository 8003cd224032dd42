import { isIPv4 } from 'node:net'
import { parseAddress } from '../base/addresses.ts'
import type { StatedEnds } from '../proxy-protocol/ends.ts'

interface SocketWithEnds {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
}

/** Both ends of a client's connection, those that a proxy has stated before the socket's own; undefined where it has none, or is gone. */
export function endsOf ({ remoteAddress = '', remotePort, localAddress = '', localPort }: SocketWithEnds): StatedEnds | undefined {
  const source = parseAddress(remoteAddress)
  const destination = parseAddress(localAddress)
  if (source === undefined || destination === undefined || remotePort === undefined || localPort === undefined) return undefined
  return {
    family: isIPv4(source.text) && isIPv4(destination.text) ? 'IPv4' : 'IPv6',
    sourceAddress: source.text,
    sourcePort: remotePort,
    destinationAddress: destination.text,
    destinationPort: localPort
  }
}
