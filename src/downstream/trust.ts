import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { parseAddress, parseAddressAndPort, parseRanges, type IpAddress } from '../base/addresses.ts'
import { SettingError } from '../config/setting-error.ts'

/** Whether the forwarding headers of a peer at this address are believed. */
export type Trust = (address: IpAddress) => boolean

/** Reads `TRUST_PROXY`: `true`, `false`, or addresses and CIDRs separated by commas. Throws a `SettingError`. */
export function parseTrust (value: string): Trust {
  if (value === 'false' || value === '') return () => false
  if (value === 'true') return () => true
  const trusted = parseRanges(value)
  if (typeof trusted === 'string') {
    throw new SettingError('TRUST_PROXY', value, `${trusted}; expected true, false, or some of these separated by commas`)
  }
  return (address) => trusted.has(address)
}

/** Who is at the other end of a client's connection. */
export interface Peer {
  /** In canonical form; `unknown` when the connection was gone before it was asked for. */
  readonly address: string
  readonly isTrusted: boolean
  /** The port of ours that it connected to. */
  readonly localPort: number | undefined
}

const kPeer = Symbol('peer')

/** What is known of a peer is worked out once per connection. */
export function peerOf (socket: Socket & { [kPeer]?: Peer }, trust: Trust): Peer {
  return (socket[kPeer] ??= describePeer(socket, trust))
}

export function describePeer ({ remoteAddress = '', localPort }: Socket, trust: Trust): Peer {
  const address = parseAddress(remoteAddress)
  return { address: address?.text ?? 'unknown', isTrusted: address !== undefined && trust(address), localPort }
}

/** The canonical address of the peer; `unknown` when the connection was gone before it was asked for. */
export function addressOf ({ remoteAddress = '' }: Socket): string {
  return parseAddress(remoteAddress)?.text ?? 'unknown'
}

/**
 * The address of the client, in canonical form: the peer's or, where the peer is trusted, the last one in its
 * X-Forwarded-For that is not. Where that is no address, it is the one before: what a client writes there is not passed on.
 */
export function clientAddressOf ({ socket, headers }: IncomingMessage, trust: Trust): string {
  const peer = peerOf(socket, trust)
  const forwarded = headers['x-forwarded-for']
  return forwarded === undefined || !peer.isTrusted ? peer.address : lastUntrusted(String(forwarded), trust) ?? peer.address
}

/** From the end: each hop has written the one before it. `hops` gets all of them up to the one that is returned. */
function lastUntrusted (forwarded: string, trust: Trust, hops?: string[]): string | undefined {
  let last: string | undefined
  for (let end = forwarded.length; end >= 0;) {
    const comma = end === 0 ? -1 : forwarded.lastIndexOf(',', end - 1)
    const hop = parseAddressAndPort(forwarded.slice(comma + 1, end).trim())
    if (hop === undefined) return last
    last = hop.text
    hops?.push(last)
    if (!trust(hop)) return last
    end = comma
  }
  return last
}

/** The addresses from the peer to the client, which is the last. */
export function forwardedHops ({ socket, headers }: IncomingMessage, trust: Trust): string[] {
  const peer = peerOf(socket, trust)
  const hops = [peer.address]
  const forwarded = headers['x-forwarded-for']
  if (forwarded !== undefined && peer.isTrusted) lastUntrusted(String(forwarded), trust, hops)
  return hops
}

/** Whether the client came by TLS, as a trusted peer says. */
export function isSecure ({ socket, headers }: IncomingMessage, trust: Trust): boolean {
  return headers['x-forwarded-proto'] === 'https' && peerOf(socket, trust).isTrusted
}
