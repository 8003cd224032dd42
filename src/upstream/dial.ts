import { connect as connectTcp, isIP, Socket, type LookupFunction, type OnReadOpts } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { hostOf } from '../base/addresses.ts'
import { AddressRefusedError, guarded, type Guard } from './guard.ts'
import { maxReadBytes, readMemory } from '../base/read-memory.ts'

/** Where a backend listens, worked out once from its url. */
export type Address = PlainAddress | TlsAddress

type PlainAddress =
  | { readonly kind: 'tcp', readonly host: string, readonly port: number }
  | { readonly kind: 'unix', readonly path: string }

export interface TlsAddress {
  readonly kind: 'tls'
  readonly host: string
  readonly port: number
}

export function addressOf (url: URL): Address {
  if (url.protocol === 'unix:') return { kind: 'unix', path: decodeURIComponent(url.pathname) }
  const host = hostOf(url)
  return url.protocol === 'https:'
    ? { kind: 'tls', host, port: Number(url.port || 443) }
    : { kind: 'tcp', host, port: Number(url.port || 80) }
}

/**
 * One piece of memory that all plain connections read into. That is safe because a read and its callback are one step of
 * the event loop, and whoever keeps bytes copies them. It saves an allocation for each read.
 */
const readBuffer = Buffer.allocUnsafeSlow(maxReadBytes)

/** Node takes `allowHalfOpen` here as for plain connections; its types do not say so. */
type TlsOptions = ConnectionOptions & { readonly allowHalfOpen: boolean }

/** How the certificate of a backend is verified, and which one we have. */
export interface TlsSettings {
  /** Authorities in PEM format, instead of those of Node. */
  readonly ca?: string
  /** The name that is asked for and verified, instead of that of the url. */
  readonly serverName?: string
  /** False: any certificate is accepted. */
  readonly verify?: boolean
  /** What we show when we are asked who we are, in PEM. */
  readonly cert?: string
  readonly key?: string
}

export interface DialOptions {
  readonly lookup: LookupFunction
  /** Judges each address, with the port, that the socket would connect to: a literal one as well as what a name stands for. */
  readonly guard?: Guard | undefined
  readonly tls?: TlsSettings | undefined
  /** What is to be spoken by TLS; `http/1.1` by default. Pieces that arrive for HTTP/2 are left to the garbage collector. */
  readonly protocol?: 'h2'
  /** What the connection begins with, before TLS too. */
  readonly header?: Buffer | undefined
}

/**
 * Starts to connect. `onBytes` gets each piece that arrives, as memory of its own. Certificates are verified against
 * Node's roots (and NODE_EXTRA_CA_CERTS), for the name in the url, which is also sent as SNI, unless `tls` says otherwise.
 * Where a header comes before TLS, this is the connection below: `secure` goes on once it is there.
 */
export function dial (address: Address, options: DialOptions, onBytes: (bytes: Buffer) => void): Socket {
  const { lookup, guard } = options
  if (guard === undefined || address.kind === 'unix') return connectTo(address, options, onBytes)
  // Node looks up names only.
  const problem = isIP(address.host) === 0 ? undefined : guard(address.host, address.port)
  if (problem !== undefined) return new Socket().destroy(new AddressRefusedError(problem))
  return connectTo(address, { ...options, lookup: guarded(lookup, guard, address.port) }, onBytes)
}

/** Speaks TLS over a connection whose header is on its way. */
export function secure (below: Socket, address: TlsAddress, options: DialOptions, onBytes: (bytes: Buffer) => void): TLSSocket {
  return connectTls({ socket: below, ...tlsOptions(address, options) }).on('data', onBytes)
}

function connectTo (address: Address, options: DialOptions, onBytes: (bytes: Buffer) => void): Socket {
  const { lookup, header } = options
  if (address.kind !== 'tls') return withHeader(connectPlain(address, options, onBytes), header)
  const { host, port } = address
  // Without a delay, in which the handshake would wait for the header to be acknowledged.
  if (header !== undefined) return withHeader(connectTcp({ host, port, lookup, allowHalfOpen: true, noDelay: true }), header)
  return connectTls({ port, lookup, ...tlsOptions(address, options) }).on('data', onBytes)
}

/** Node writes it as soon as there is a connection, and before anything that is written then. */
function withHeader (socket: Socket, header: Buffer | undefined): Socket {
  if (header !== undefined) socket.write(header)
  return socket
}

function tlsOptions ({ host }: TlsAddress, { tls, protocol }: DialOptions): TlsOptions {
  const { ca, serverName = isIP(host) === 0 ? host : undefined, verify = true, cert, key } = tls ?? {}
  return {
    host,
    ALPNProtocols: [protocol ?? 'http/1.1'],
    allowHalfOpen: true,
    rejectUnauthorized: verify,
    ...(serverName !== undefined && { servername: serverName }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert, key })
  }
}

function connectPlain (address: PlainAddress, { lookup, protocol }: DialOptions, onBytes: (bytes: Buffer) => void): Socket {
  if (protocol === 'h2') {
    // Its frames of several streams share a piece of memory, so that nobody knows when it is free.
    const socket = address.kind === 'unix'
      ? connectTcp({ path: address.path, allowHalfOpen: true })
      : connectTcp({ host: address.host, port: address.port, lookup, allowHalfOpen: true })
    return socket.on('data', onBytes)
  }
  const onread: OnReadOpts = {
    buffer: readBuffer,
    callback (size) {
      onBytes(readMemory.copyOf(readBuffer, size))
      return true
    }
  }
  return address.kind === 'unix'
    ? connectTcp({ path: address.path, allowHalfOpen: true, onread })
    : connectTcp({ host: address.host, port: address.port, lookup, allowHalfOpen: true, noDelay: true, onread })
}
