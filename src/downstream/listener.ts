import { Server, type Socket } from 'node:net'
import { systemClock, type Clock } from '../base/clock.ts'
import { CLIENT_PREFACE } from '../http2/frame-types.ts'
import type { StatedEnds } from '../proxy-protocol/ends.ts'
import type { ClientSocket } from './client-socket.ts'
import type { ConnectionHost } from './connection-host.ts'
import { Http1Connection } from './http1/connection.ts'
import { Http2Connection } from './http2/connection.ts'
import { defaultHttp2Settings, type Http2Settings } from './http2/limits.ts'
import { keepAliveLines } from './keep-alive.ts'
import type { OwnerExchange } from './owner-exchange.ts'
import { ProxyHeaders, stateEnds } from './proxy-headers.ts'
import type { Refusals } from './refusals.ts'
import type { SideListener } from './side-listener.ts'
import type { Trust } from './trust.ts'

/**
 * In bytes. A socket that is paused reads on up to this, in pieces as small as they come, each of which costs more than its bytes. It
 * holds for writing too, where it decides only whether 'drain' comes: see `ResponseWriter`.
 */
const highWaterMark = 1024

/** What answers the requests of a listener. */
export interface ListenerOptions {
  readonly refusals: Refusals
  /** What throws here ends the connection, and comes back as `onThrown`. */
  readonly onExchange?: (exchange: OwnerExchange) => void
  readonly onThrown?: (error: unknown) => void
}

/** The server that clients talk HTTP to. Its settings are made before it listens. */
export class Listener extends Server implements ConnectionHost {
  readonly refusals: Refusals
  onExchange: (exchange: OwnerExchange) => void
  onThrown: (error: unknown) => void
  clock: Clock = systemClock
  /** Whose forwarding headers are believed. */
  trust: Trust = () => false
  /** From the first byte of a head to its last, and until there is a first on a new connection. */
  headerTimeoutMs = 10_000
  bodyIdleTimeoutMs = 30_000
  /** A client that ends its side after its request has left. */
  abortOnClientEnd = false
  /** The line that has browsers come by TLS only (RFC 6797), with its end; empty: none. */
  hstsLine = ''
  /** By ALPN, and by prior knowledge where there is no TLS. */
  speaksHttp2 = true
  http2: Http2Settings = defaultHttp2Settings
  #keepAliveTimeoutMs = 72_000
  #keepAliveLines = keepAliveLines(72_000)
  #isDraining = false
  #side: SideListener | undefined
  readonly #connections = new Set<ClientSocket>()
  readonly #whenEmpty: Array<() => void> = []
  /** Of its side's connections too. */
  readonly proxyHeaders = new ProxyHeaders(this)

  constructor ({ refusals, onExchange = () => {}, onThrown = () => {} }: ListenerOptions) {
    super({ allowHalfOpen: true, highWaterMark })
    this.refusals = refusals
    this.onExchange = onExchange
    this.onThrown = onThrown
    this.on('connection', (socket: Socket) => {
      if (this.#side === undefined || this.admit(socket)) this.proxyHeaders.read(socket, (ends) => { this.serve(socket, socket, ends) })
    })
  }

  /** Serves what comes by `side` too: both have one limit of connections, and end together. */
  serveAlso (side: SideListener): void {
    this.#side = side
  }

  /** Closes a new connection if there are as many as there may be, and returns false. */
  admit (socket: Socket): boolean {
    if (!(this.maxConnections > 0) || this.#count < this.maxConnections) return true
    socket.destroy()
    this.emit('drop')
    return false
  }

  /** Speaks HTTP/1.x on this connection, or what its client turns out to speak. `transport` is the TCP connection below one of TLS. */
  serve (socket: Socket, transport = socket, stated?: StatedEnds): void {
    if (stated !== undefined) stateEnds(socket, stated)
    this.#connections.add(new Http1Connection(this, socket, this.#forget, transport))
  }

  /** Speaks HTTP/2 on a connection whose last bytes, not dealt with yet, are `early`: what came before was of the preface. */
  serveHttp2 (socket: Socket, transport: Socket, early: readonly Buffer[]): void {
    const earlyBytes = early.reduce((sum, { length }) => sum + length, 0)
    const before = early.length === 0 ? [] : [CLIENT_PREFACE.subarray(0, socket.bytesRead - earlyBytes)]
    this.#connections.add(new Http2Connection(this, socket, this.#forget, transport, [...before, ...early]))
  }

  readonly #forget = (connection: ClientSocket): void => {
    this.#connections.delete(connection)
    this.tellIfEmpty()
  }

  /** To be called when a connection has ended that was not served. */
  tellIfEmpty (): void {
    if (this.#count === 0) for (const callback of this.#whenEmpty.splice(0)) callback()
  }

  get #count (): number {
    return this.#connections.size + this.proxyHeaders.pending + (this.#side?.pending ?? 0)
  }

  /** How long a connection is kept without a request; 0: until its client ends it. */
  get keepAliveTimeoutMs (): number {
    return this.#keepAliveTimeoutMs
  }

  set keepAliveTimeoutMs (ms: number) {
    this.#keepAliveTimeoutMs = ms
    this.#keepAliveLines = keepAliveLines(ms)
  }

  /** What a response says of a connection that is kept. */
  get keepAliveLines (): string {
    return this.#keepAliveLines
  }

  /** What owners know from node:http: `KEEP_ALIVE_TIMEOUT_MS` and `REQUEST_HEADER_TIMEOUT_MS` by other names. */
  get keepAliveTimeout (): number {
    return this.#keepAliveTimeoutMs
  }

  set keepAliveTimeout (ms: number) {
    this.keepAliveTimeoutMs = ms
  }

  get headersTimeout (): number {
    return this.headerTimeoutMs
  }

  set headersTimeout (ms: number) {
    this.headerTimeoutMs = ms
  }

  /** There is none for the whole of a request. */
  get requestTimeout (): number {
    return 0
  }

  set requestTimeout (_ms: number) {
    throw new Error('requestTimeout has no effect here: set REQUEST_HEADER_TIMEOUT_MS and BODY_IDLE_TIMEOUT_MS')
  }

  setTimeout (): never {
    throw new Error('server.setTimeout has no effect here: set BODY_IDLE_TIMEOUT_MS and TUNNEL_IDLE_TIMEOUT_MS')
  }

  get forwardsUpgrades (): boolean {
    return this.listenerCount('upgrade') === 0
  }

  get isDraining (): boolean {
    return this.#isDraining
  }

  /** How many connections have no request in flight; a head that is not whole is none. */
  get idle (): number {
    let count = 0
    for (const connection of this.#connections) if (connection.isIdle) count++
    return count
  }

  /** How many have a request in flight, or have left HTTP. */
  get busy (): number {
    return this.#connections.size - this.idle
  }

  /** How many have sent a part of a head. */
  get awaited (): number {
    let count = this.proxyHeaders.begun
    for (const connection of this.#connections) if (connection.hasPartOfHead) count++
    return count
  }

  /** How many have left HTTP for another protocol. */
  get tunnels (): number {
    let count = 0
    for (const connection of this.#connections) count += connection.tunnels
    return count
  }

  /** From now on, each response is the last one of its connection, and says so. */
  announceEnd (): void {
    this.#isDraining = true
    for (const connection of this.#connections) connection.announceEnd()
  }

  /**
   * Ends each connection with its next response, and at once where there is nothing to wait for. A head that has begun to come is
   * waited for, and a client that is being told that its request is refused; `closeIdleConnections` waits for neither.
   */
  drain (): void {
    this.announceEnd()
    this.proxyHeaders.drain()
    for (const connection of this.#connections) connection.drain()
  }

  /** From now on, each response is the last one of its connection, and no new connection is accepted. */
  stopAccepting (): void {
    this.announceEnd()
    this.#side?.close()
    super.close()
  }

  /** Calls back when it is closed and all connections have ended, those included that another process has accepted. */
  whenClosed (callback: (error?: Error) => void): void {
    const end = (error?: Error): void => {
      if (this.#count === 0) callback(error)
      else this.#whenEmpty.push(() => { callback(error) })
    }
    super.close((error) => this.#side === undefined ? end(error) : this.#side.close(() => { end(error) }))
  }

  override getConnections (callback: (error: Error | null, count: number) => void): this {
    callback(null, this.#count)
    return this
  }

  /** Drains, and takes no new connections; `callback` is called when all have ended. */
  override close (callback?: (error?: Error) => void): this {
    this.drain()
    this.#side?.close()
    this.whenClosed((error) => { callback?.(error) })
    return this
  }

  /** Ends all connections without a request in flight. Fastify calls it when it closes. */
  closeIdleConnections (): void {
    this.proxyHeaders.close()
    this.#side?.closePending()
    for (const connection of this.#connections) connection.closeIfIdle()
  }

  /** Ends those that have left HTTP. */
  closeTunnels (): void {
    for (const connection of this.#connections) connection.closeTunnels()
  }

  closeAllConnections (): void {
    this.proxyHeaders.close()
    this.#side?.closePending()
    for (const connection of this.#connections) connection.socket.destroy()
  }
}
