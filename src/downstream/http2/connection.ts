import type { Socket } from 'node:net'
import { ConnectionOutput } from '../../http2/connection-output.ts'
import { ConnectionError, ENHANCE_YOUR_CALM, NO_ERROR } from '../../http2/errors.ts'
import { ClientSocket } from '../client-socket.ts'
import type { ConnectionHost } from '../connection-host.ts'
import { endAfterWrites, linger } from '../lingering.ts'
import { BlockedWatch } from './blocked-watch.ts'
import { goawayMs } from './limits.ts'
import { ServerSession, type SessionConnection } from './session.ts'
import { SessionTimers } from './session-timers.ts'

/** The largest number that a stream can have: with it, GOAWAY only warns of its successor (RFC 9113 section 6.8). */
const anyStream = 0x7fff_ffff

const partingPing = Buffer.from('evenkeel', 'latin1')

/** How far the end of a connection is. */
const OPEN = 0
const ANNOUNCED = 1
const GONE_AWAY = 2
const ENDED = 3

/** One client's connection by HTTP/2. */
export class Http2Connection extends ClientSocket implements SessionConnection {
  readonly #session: ServerSession
  readonly #output: ConnectionOutput
  readonly #timers: SessionTimers
  readonly #blocked: BlockedWatch
  #phase = OPEN
  #cancelParting: (() => void) | undefined
  #hasClientEnded = false
  /** What has come and is left for the next turn. */
  #rest: Buffer | undefined

  /** `early`: what has been read of it, from the first byte of the preface on. */
  constructor (
    host: ConnectionHost, socket: Socket, onClose: (connection: ClientSocket) => void, transport: Socket, early: readonly Buffer[]
  ) {
    super(host, socket, transport)
    // What answers a window or a ping must not wait for the answer to something else.
    socket.setNoDelay(true)
    this.#output = new ConnectionOutput(socket, {
      onBlocked: () => { this.#blocked.watch() },
      onThrown: (error) => { host.onThrown(error) }
    })
    this.#blocked = new BlockedWatch(socket, this.#output, host)
    this.#session = new ServerSession(this, host, this.#output)
    this.#timers = new SessionTimers(host, () => { this.#onLimit() })
    socket.on('data', this.#onData)
    socket.on('end', this.#onClientEnd)
    socket.on('close', () => {
      onClose(this)
      this.#leave()
    })
    for (const bytes of early) this.#onData(bytes)
    if (host.isDraining) this.announceEnd()
    if (this.#rest === undefined) socket.resume()
  }

  get isIdle (): boolean {
    return this.#session.streams.open.size === 0
  }

  get hasPartOfHead (): boolean {
    return this.#phase !== ENDED && this.isIdle && this.#session.awaitsRest
  }

  get tunnels (): number {
    let count = 0
    for (const exchange of this.#session.streams.open.values()) if (exchange.isTunnel) count++
    return count
  }

  /** Warns the client first, so that no request is lost that is on its way: those are still served. */
  override announceEnd (): void {
    if (this.#phase !== OPEN) return
    this.#phase = ANNOUNCED
    this.#output.frames.goaway(anyStream, NO_ERROR)
    this.#output.frames.ping(partingPing, false)
    this.#output.schedule()
    this.#cancelParting = this.host.clock.after(goawayMs, () => { this.#part() })
  }

  drain (): void {
    this.announceEnd()
    this.#part()
  }

  override closeIfIdle (): void {
    if (!this.isIdle) return
    if (this.#phase < GONE_AWAY) this.#session.goAway(NO_ERROR)
    this.#output.flush()
    this.socket.destroy()
  }

  override closeTunnels (): void {
    for (const exchange of this.#session.streams.open.values()) if (exchange.isTunnel) exchange.cut()
  }

  onPingAck (): void {
    if (this.#phase === ANNOUNCED) this.#part()
  }

  onGoaway (): void {
    this.drain()
  }

  onIdle (): void {
    if (this.#phase === GONE_AWAY) this.#end()
    else if (this.#phase < GONE_AWAY && !this.#session.awaitsRest) this.#timers.waitForRequest()
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#rest !== undefined) {
      this.#rest = Buffer.concat([this.#rest, chunk])
      return
    }
    try {
      const length = this.#session.read(chunk)
      this.#settle()
      if (length < chunk.length) this.#leaveForNextTurn(chunk.subarray(length))
    } catch (error) {
      if (error instanceof ConnectionError) this.#refuse(error)
      else this.fail(error)
    }
  }

  #leaveForNextTurn (rest: Buffer): void {
    if (this.#phase === ENDED) return
    this.#rest = rest
    this.socket.pause()
    setImmediate(goOn, this)
  }

  /** Reads what was left by the turn before. */
  goOn (): void {
    const rest = this.#rest
    if (rest === undefined) return
    this.#rest = undefined
    this.#onData(rest)
    if (this.#rest === undefined) this.socket.resume()
  }

  /** By HTTP/2, nobody ends one side alone: the client has left. */
  readonly #onClientEnd = (): void => {
    this.#hasClientEnded = true
    this.#end()
  }

  #settle (): void {
    if (this.#phase === ENDED) return
    if (this.#session.awaitsRest) this.#timers.waitForFrames(this.#session.wholeFrames)
    else if (this.isIdle) this.#timers.waitForRequest()
    else this.#timers.lift()
  }

  /** From now on, no new request is served. */
  #part (): void {
    if (this.#phase >= GONE_AWAY) return
    this.#phase = GONE_AWAY
    this.#cancelParting?.()
    this.#session.goAway(NO_ERROR)
    if (this.isIdle) this.#end()
  }

  #onLimit (): void {
    if (!this.#timers.isForFrames) return this.announceEnd()
    // Browsers open connections that they may never use.
    if (this.socket.bytesRead === 0) this.socket.destroy()
    else this.#refuse(new ConnectionError('frames-timeout'))
  }

  /** The client breaks a rule, or asks for too much: the connection is over. */
  #refuse (error: ConnectionError): void {
    if (this.#phase === ENDED) return
    const isFlood = error.errorCode === ENHANCE_YOUR_CALM
    const reason = isFlood ? 'flood' : 'malformed'
    this.host.refusals.report({ reason, statusCode: undefined, code: error.code, client: this.peer.address })
    this.#session.goAway(error.errorCode)
    this.#leave()
    this.socket.write(this.#output.frames.take())
    if (isFlood) endAfterWrites(this.socket, this.host.clock)
    else linger(this.socket, this.host.clock)
  }

  /** Ends the connection after what has been written. */
  #end (): void {
    if (this.#phase === ENDED) return
    this.#output.flush()
    this.#leave()
    if (this.#hasClientEnded) endAfterWrites(this.socket, this.host.clock)
    else linger(this.socket, this.host.clock)
  }

  #leave (): void {
    this.#phase = ENDED
    this.#cancelParting?.()
    this.#timers.end()
    this.#blocked.end()
    this.socket.off('data', this.#onData).off('end', this.#onClientEnd)
    if (this.#rest !== undefined) this.socket.resume()
    this.#rest = undefined
    this.#session.end()
  }
}

function goOn (connection: Http2Connection): void {
  connection.goOn()
}
