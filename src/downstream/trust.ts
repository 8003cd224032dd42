import type { X509Certificate } from 'node:crypto'
import { parseAddress, parseAddressAndPort, parseRanges, type IpAddress } from '../base/addresses.ts'

import { enforcedOn, type ClientPolicy } from './tls/client-auth.ts'
import { ClientCertificate } from './tls/client-certificate.ts'

/** Whether the forwarding headers of a peer at this address are believed. */
export type Trust = (address: IpAddress) => boolean

/** Reads `TRUST_PROXY`: `true`, `false`, or addresses and CIDRs separated by commas. Returns what is wrong, as a phrase, if it is none. */
export function parseTrust (value: string): Trust | string {
  if (value === 'false' || value === '') return () => false
  if (value === 'true') return () => true
  const trusted = parseRanges(value)
  if (typeof trusted === 'string') return `${trusted}; expected true, false, or some of these separated by commas`
  return (address) => trusted.has(address)
}

/** Who is at the other end of a client's connection. */
export interface Peer {
  /** In canonical form; `unknown` when the connection was gone before it was asked for. */
  readonly address: string
  readonly isTrusted: boolean
  /** The port of ours that it connected to. */
  readonly localPort: number | undefined
  /** It came by TLS of ours. */
  readonly isSecure: boolean
  /** The certificate that it has shown, if it was asked for one. */
  readonly certificate?: ClientCertificate | undefined
  /** What it was asked for in the handshake, if there was one. */
  readonly policy?: ClientPolicy | undefined
}

/** What a socket tells of its ends. */
export interface SocketEnds {
  readonly remoteAddress?: string | undefined
  readonly localPort?: number | undefined
  /** What a TLSSocket has. */
  readonly encrypted?: boolean
  readonly authorized?: boolean
  getPeerX509Certificate? (): X509Certificate | undefined
}

export function describePeer (socket: SocketEnds, trust: Trust): Peer {
  const { remoteAddress = '', localPort, encrypted = false } = socket
  const address = parseAddress(remoteAddress)
  const isTrusted = address !== undefined && trust(address)
  const peer = { address: address?.text ?? 'unknown', isTrusted, localPort, isSecure: encrypted }
  const policy = enforcedOn(socket)
  return policy === undefined ? peer : { ...peer, policy, certificate: certificateOf(socket) }
}

function certificateOf (socket: SocketEnds): ClientCertificate | undefined {
  const certificate = socket.authorized === true ? socket.getPeerX509Certificate?.() : undefined
  return certificate && new ClientCertificate(certificate)
}

const peers = new WeakMap<SocketEnds, Peer>()

/** What is known of a peer is worked out once per socket of node:http. */
export function peerOf (socket: SocketEnds, trust: Trust): Peer {
  let peer = peers.get(socket)
  if (peer === undefined) peers.set(socket, peer = describePeer(socket, trust))
  return peer
}

/** The value of a field of a request, as some API gives it. */
type FieldValue = string | readonly string[] | undefined

/**
 * The address of the client, in canonical form: the peer's or, where the peer is trusted, the last one in `forwardedFor`, its
 * X-Forwarded-For, that is not. Where that is no address, it is the one before: what a client writes there is not passed on.
 */
export function clientAddressOf (peer: Peer, forwardedFor: FieldValue, trust: Trust): string {
  return forwardedFor === undefined || !peer.isTrusted ? peer.address : lastUntrusted(String(forwardedFor), trust) ?? peer.address
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

/** The addresses from the peer to the client, which is the last; `forwardedFor` is its X-Forwarded-For. */
export function forwardedHops (peer: Peer, forwardedFor: FieldValue, trust: Trust): string[] {
  const hops = [peer.address]
  if (forwardedFor !== undefined && peer.isTrusted) lastUntrusted(String(forwardedFor), trust, hops)
  return hops
}

/** Whether the client came by TLS: ours, or that of a trusted peer that says so by X-Forwarded-Proto. */
export function cameByTls (peer: Peer, forwardedProto: FieldValue): boolean {
  return peer.isSecure || (forwardedProto === 'https' && peer.isTrusted)
}
