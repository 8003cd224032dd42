import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '../../base/clock.ts'
import { Deadline } from '../../base/deadline.ts'
import { ConnectionOutput } from '../../http2/connection-output.ts'
import type { ConnectionWindows } from '../../http2/connection-windows.ts'
import { ConnectionError, NO_ERROR } from '../../http2/errors.ts'
import { CLIENT_PREFACE } from '../../http2/frame-types.ts'
import { defaultSettings } from '../../http2/settings.ts'
import type { ConnectionOptions } from '../connection-options.ts'
import { dial } from '../dial.ts'
import { detailOf, reasonOf, type Failure } from '../failure.ts'
import * as limits from './limits.ts'
import { ClientSession, type SessionConnection } from './session.ts'
import type { Http2Stream, StreamConnection } from './stream.ts'

type Phase = 'connecting' | 'open' | 'closed'

const ping = Buffer.from('evenkeel', 'latin1')

/** One connection to a backend by HTTP/2, for many requests at once. */
export class Http2Connection implements SessionConnection, StreamConnection {
  readonly clock: Clock
  readonly scheme: 'http' | 'https'
  readonly output: ConnectionOutput
  /** It takes no new streams. */
  isLeaving = false
  uses = 0
  readonly #options: ConnectionOptions<Http2Connection>
  readonly #socket: Socket
  readonly #session: ClientSession
  readonly #deadline: Deadline
  /** All that have it: those that wait for it, and those that are open. */
  readonly #streams = new Set<Http2Stream>()
  readonly #waiting = new Set<Http2Stream>()
  #phase: Phase = 'connecting'
  #isAsked = false
  #isThrowing = false

  constructor (options: ConnectionOptions<Http2Connection>) {
    this.#options = options
    this.clock = options.clock
    const isTls = options.address.kind === 'tls'
    this.scheme = isTls ? 'https' : 'http'
    this.#deadline = new Deadline(options.clock, () => { this.#onDeadline() })
    const socket = this.#socket = dial(options.address, { ...options, protocol: 'h2' }, (bytes) => { this.#onBytes(bytes) })
    this.output = new ConnectionOutput(socket, { onBlocked: () => {}, onThrown: (error) => { this.#onThrown(error) } })
    this.#session = new ClientSession(this, this.output)
    socket.once(isTls ? 'secureConnect' : 'connect', () => { this.#onConnect() })
    socket.once('end', () => { this.#close({ reason: 'closed' }) })
    socket.on('error', (error: Error) => {
      this.#close({ reason: reasonOf(error, this.#phase !== 'connecting'), detail: detailOf(error) })
    })
    socket.once('close', () => { this.#close({ reason: 'closed' }) })
    this.#deadline.set(options.connectTimeoutMs)
  }

  /** Undefined until it is connected. */
  get remoteAddress (): string | undefined {
    return this.#socket.remoteAddress
  }

  get streams (): number {
    return this.#streams.size
  }

  /** How many more streams it takes. */
  get room (): number {
    return this.isLeaving || this.#session.isExhausted ? 0 : Math.max(0, this.#session.maxStreams - this.#streams.size)
  }

  /** So many of them are in use that another connection should be made. */
  get isNearlyFull (): boolean {
    return this.#streams.size >= this.#session.maxStreams * limits.fullShare
  }

  get windows (): ConnectionWindows {
    return this.#session.windows
  }

  /** Keeps a place for a stream that is about to begin. */
  reserve (stream: Http2Stream): void {
    this.uses++
    this.#streams.add(stream)
  }

  attach (stream: Http2Stream): void {
    if (this.#phase === 'closed') stream.onLost({ reason: 'closed', isStale: true })
    else if (this.#phase === 'connecting') this.#waiting.add(stream)
    else stream.onConnected()
  }

  open (stream: Http2Stream): number | undefined {
    if (this.#phase !== 'open') return undefined
    if (this.#session.open.size === 0) this.#deadline.set(limits.silenceMs)
    return this.#session.add(stream)
  }

  detach (stream: Http2Stream, errorCode: number | undefined): void {
    this.#streams.delete(stream)
    this.#waiting.delete(stream)
    if (stream.streamId !== 0) {
      const wasOpen = this.#session.open.delete(stream.streamId)
      if (wasOpen && errorCode !== undefined && this.#phase === 'open') {
        this.output.frames.reset(stream.streamId, errorCode)
        this.output.schedule()
      }
    }
    if (this.#streams.size > 0 || this.#phase !== 'open') return
    // One that takes no streams is of no use.
    if (this.isLeaving || this.room === 0) return this.#part()
    this.#isAsked = false
    this.#deadline.set(this.#options.keepAliveMs)
  }

  /** Takes no new streams, and ends when those that are open are over. */
  retire (): void {
    this.isLeaving = true
    if (this.#streams.size === 0) this.#part()
  }

  /** Ends it, with all its streams: their users hear nothing more. */
  destroy (): void {
    for (const stream of [...this.#streams]) stream.destroy()
    this.#close({ reason: 'closed' })
  }

  onGoaway (): void {
    this.isLeaving = true
  }

  #onConnect (): void {
    if (this.#phase !== 'connecting') return
    if (this.scheme === 'https' && (this.#socket as TLSSocket).alpnProtocol !== 'h2') {
      return this.#close({ reason: 'tls', detail: 'the backend does not speak HTTP/2 by ALPN' })
    }
    this.#phase = 'open'
    // What answers a window or a ping must not wait for the answer to something else.
    this.#socket.setNoDelay(true)
    this.#greet()
    this.#deadline.set(this.#options.keepAliveMs)
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const stream of waiting) this.#contain(() => { stream.onConnected() }, stream)
    if (this.#streams.size === 0 && this.isLeaving) this.#part()
  }

  #greet (): void {
    const { frames } = this.output
    frames.raw(CLIENT_PREFACE)
    frames.settings({ enablePush: false, initialWindowSize: limits.streamWindowBytes, maxHeaderListSize: limits.maxFieldsSize })
    frames.windowUpdate(0, limits.connectionWindowBytes - defaultSettings.initialWindowSize)
    this.output.schedule()
  }

  #onBytes (bytes: Buffer): void {
    if (this.#phase !== 'open') return
    this.#isAsked = false
    if (this.#session.open.size > 0) this.#deadline.set(limits.silenceMs)
    try {
      this.#session.read(bytes)
    } catch (error) {
      if (!(error instanceof ConnectionError)) return this.#onThrown(error)
      this.output.frames.goaway(0, error.errorCode)
      this.output.flush()
      return this.#close({ reason: 'not-http', detail: error.message })
    }
    if (this.isLeaving && this.#streams.size === 0) this.#part()
  }

  #onDeadline (): void {
    if (this.#phase === 'connecting') return this.#close({ reason: 'connect-timeout' })
    if (this.#session.open.size === 0) return this.#streams.size === 0 ? this.#part() : undefined
    if (this.#isAsked) return this.#close({ reason: 'reset', detail: 'no answer to PING' })
    this.#isAsked = true
    this.output.frames.ping(ping, false)
    this.output.schedule()
    this.#deadline.set(limits.pingAnswerMs)
  }

  #contain (step: () => void, stream: Http2Stream): void {
    try {
      step()
    } catch (error) {
      stream.onThrown(error)
    }
  }

  /** Something of our own has failed, which no stream answers for. */
  #onThrown (error: unknown): void {
    if (this.#isThrowing) return
    this.#isThrowing = true
    for (const stream of [...this.#streams]) stream.onThrown(error)
    this.#close({ reason: 'closed' })
  }

  /** In good order. */
  #part (): void {
    if (this.#phase === 'open') {
      this.output.frames.goaway(0, NO_ERROR)
      this.output.flush()
    }
    this.#close({ reason: 'closed' })
  }

  /** One that was kept and ends before anything of a response was closed before it got the request. */
  #close (failure: Pick<Failure, 'reason'> & Partial<Failure>): void {
    if (this.#phase === 'closed') return
    const isLoss = this.#phase === 'open' && (failure.reason === 'closed' || failure.reason === 'reset')
    this.#phase = 'closed'
    this.isLeaving = true
    this.#deadline.end()
    this.#session.stop()
    this.#options.owner.onClosed(this)
    for (const stream of [...this.#streams]) {
      const isStale = isLoss && stream.uses >= 0 && !stream.hasResponseStarted
      stream.onLost({ ...failure, isStale })
    }
    this.#streams.clear()
    if (this.#socket.writableLength > 0) this.#socket.destroySoon()
    else this.#socket.destroy()
  }
}
