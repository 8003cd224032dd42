import { Budget } from '../../base/budget.ts'
import type { ConnectionOutput } from '../../http2/connection-output.ts'
import {
  ConnectionError, errorCodeOf, FLOW_CONTROL_ERROR, PROTOCOL_ERROR, REFUSED_STREAM, STREAM_CLOSED, type Http2ErrorCode
} from '../../http2/errors.ts'
import { FrameReader, type FrameHandler } from '../../http2/frame-reader.ts'
import { DEFAULT_MAX_FRAME_SIZE } from '../../http2/frame-types.ts'
import { HpackDecoder } from '../../http2/hpack/decoder.ts'
import { HpackError } from '../../http2/hpack/hpack-error.ts'
import { MalformedMessage } from '../../http2/malformed.ts'
import { http2Request, http2Trailers } from '../../http2/request-head.ts'
import { defaultSettings, type Settings } from '../../http2/settings.ts'
import type { ConnectionHost } from '../connection-host.ts'
import { ClientStreams, type StreamsConnection } from './client-streams.ts'
import { Http2Exchange } from './exchange.ts'
import * as limits from './limits.ts'
import { responseFields } from '../../http2/line-fields.ts'

/** What a session needs of the connection that it is on. */
export interface SessionConnection extends StreamsConnection {
  onPingAck (): void
  /** The client opens no more streams. */
  onGoaway (): void
}

/** What one client says, by the rules of RFC 9113. What it may not say throws a ConnectionError, or costs it the stream. */
export class ServerSession implements FrameHandler {
  readonly streams: ClientStreams
  readonly #connection: SessionConnection
  readonly #host: ConnectionHost
  readonly #output: ConnectionOutput
  readonly #reader: FrameReader
  readonly #decoder = new HpackDecoder({
    maxTableSize: defaultSettings.headerTableSize, maxFieldsSize: limits.maxFieldsSize, maxFields: limits.maxFields
  })

  readonly #idleFrames: Budget
  readonly #offersWebSocket: boolean
  #unreadAnswers = 0
  #lastStreamId = 0
  #lastAccepted = Infinity

  constructor (connection: SessionConnection, host: ConnectionHost, output: ConnectionOutput) {
    this.#connection = connection
    this.#host = host
    this.#output = output
    this.streams = new ClientStreams(connection, host, output)
    this.#idleFrames = new Budget(host.clock, limits.idleFrames.most, limits.idleFrames.perSecond)
    this.#offersWebSocket = host.forwardsUpgrades
    this.#reader = new FrameReader('client', { maxFrameSize: DEFAULT_MAX_FRAME_SIZE, ...limits }, this)
    this.#greet()
  }

  /** The settings, a field block, or the rest of a frame is awaited. */
  get awaitsRest (): boolean {
    return this.#reader.awaitsRest
  }

  /** How many frames have come, each whole; those of a field block are one. */
  get wholeFrames (): number {
    return this.#reader.whole
  }

  /** Reads what one turn may, and returns how many bytes that was. Throws a ConnectionError. */
  read (chunk: Buffer): number {
    const length = this.#reader.read(chunk, limits.maxFramesPerTurn)
    this.streams.serveNew()
    return length
  }

  /** Says which stream was the last one (RFC 9113 section 6.8); later ones are not served. */
  goAway (errorCode: number): void {
    this.#lastAccepted = this.#lastStreamId
    this.#output.frames.goaway(this.#lastStreamId, errorCode)
    this.#output.schedule()
  }

  end (): void {
    this.#reader.stop()
    this.streams.end()
  }

  onFields (streamId: number, block: Buffer, isEnd: boolean): void {
    const raw = this.#decode(streamId, block)
    const exchange = this.streams.open.get(streamId)
    if (exchange !== undefined) return this.#onTrailers(exchange, raw, isEnd)
    if (this.streams.closed.has(streamId)) {
      if (this.streams.closed.isResetByUs(streamId)) return this.#spendIdleFrame()
      throw new ConnectionError('stream-closed')
    }
    if (streamId % 2 === 0 || streamId <= this.#lastStreamId) throw new ConnectionError('invalid-stream')
    // Its sender finds it in none of our answers, and asks elsewhere.
    if (streamId > this.#lastAccepted) return this.#spendIdleFrame()
    this.#lastStreamId = streamId
    if (this.streams.mayOpen) this.#open(streamId, raw, isEnd)
    else this.streams.refuse(streamId, REFUSED_STREAM)
  }

  onData (streamId: number, data: Buffer, flowLength: number, isEnd: boolean): void {
    this.streams.windows.receive(flowLength)
    const exchange = this.streams.open.get(streamId)
    if (data.length === 0 && (!isEnd || exchange === undefined)) this.#spendIdleFrame()
    if (exchange === undefined || exchange.incoming.isComplete) this.streams.windows.giveBack(flowLength)
    if (exchange === undefined) return this.#onStrayData(streamId)
    if (exchange.incoming.isComplete) return this.streams.refuse(streamId, STREAM_CLOSED)
    exchange.touch()
    try {
      if (!exchange.incoming.receive(data, flowLength, isEnd)) this.streams.refuse(streamId, FLOW_CONTROL_ERROR)
    } catch (error) {
      this.#onMalformed(streamId, error)
    }
  }

  onPriority (): void { this.#spendIdleFrame() }

  onReset (streamId: number): void {
    const exchange = this.streams.open.get(streamId)
    if (exchange !== undefined) return this.streams.onReset(exchange)
    this.#checkNotIdle(streamId)
    this.#spendIdleFrame()
  }

  onSettings ({ initialWindowSize, headerTableSize }: Partial<Settings>): void {
    this.#spendIdleFrame()
    if (headerTableSize !== undefined) this.#output.encoder.limitTable(headerTableSize)
    if (initialWindowSize !== undefined) this.streams.windows.resize(initialWindowSize)
    this.#output.frames.settingsAck()
    this.#answer()
  }

  onSettingsAck (): void { this.#spendIdleFrame() }

  onPing (opaque: Buffer): void {
    this.#spendIdleFrame()
    this.#output.frames.ping(opaque, true)
    this.#answer()
  }

  onPingAck (): void {
    this.#spendIdleFrame()
    this.#connection.onPingAck()
  }

  onGoaway (): void {
    this.#spendIdleFrame()
    this.#connection.onGoaway()
  }

  onWindowUpdate (streamId: number, increment: number): void {
    if (!this.#output.takeWindowAnswer()) this.#spendIdleFrame()
    if (streamId === 0) return this.streams.windows.widen(increment)
    const exchange = this.streams.open.get(streamId)
    if (exchange === undefined) return this.#checkNotIdle(streamId)
    if (!this.#output.widenStream(exchange.output, increment)) this.streams.refuse(streamId, FLOW_CONTROL_ERROR)
  }

  onUnknown (): void { this.#spendIdleFrame() }

  onStreamError (streamId: number, code: Http2ErrorCode): void {
    if (streamId > this.#lastStreamId) throw new ConnectionError(code)
    this.streams.refuse(streamId, errorCodeOf(code))
  }

  /** Our settings, and more of a window than there is without asking. */
  #greet (): void {
    const { maxStreams, streamWindowBytes, connectionWindowBytes } = this.#host.http2
    this.#output.frames.settings({
      maxConcurrentStreams: maxStreams,
      initialWindowSize: streamWindowBytes,
      maxHeaderListSize: limits.maxFieldsSize,
      enableConnectProtocol: this.#offersWebSocket
    })
    const more = connectionWindowBytes - defaultSettings.initialWindowSize
    if (more > 0) this.#output.frames.windowUpdate(0, more)
    this.#output.schedule()
  }

  #decode (streamId: number, block: Buffer): string[] {
    try {
      return this.#decoder.decode(block).raw
    } catch (error) {
      if (!(error instanceof HpackError)) throw error
      if (!error.isLimit) throw new ConnectionError('invalid-field-block')
      // The table is no longer that of the client: after the answer, the connection is over.
      if (!this.streams.open.has(streamId)) this.#output.fields(streamId, responseFields(431, 'Content-Length: 0\r\n'), true)
      throw new ConnectionError('fields-too-large')
    }
  }

  #open (streamId: number, raw: readonly string[], isEnd: boolean): void {
    let exchange: Http2Exchange
    try {
      const request = http2Request(raw, isEnd)
      if (request.protocol !== undefined && (!this.#offersWebSocket || request.protocol !== 'websocket')) {
        throw new MalformedMessage('invalid-pseudo-header')
      }
      exchange = new Http2Exchange(this.streams, streamId, request, isEnd)
    } catch (error) {
      return this.#onMalformed(streamId, error)
    }
    this.streams.add(exchange)
  }

  #onTrailers (exchange: Http2Exchange, raw: readonly string[], isEnd: boolean): void {
    const { streamId, incoming } = exchange
    if (incoming.isComplete) return this.streams.refuse(streamId, STREAM_CLOSED)
    exchange.touch()
    try {
      if (!isEnd) throw new MalformedMessage('unended-trailers')
      incoming.receiveTrailers(http2Trailers(raw))
    } catch (error) {
      this.#onMalformed(streamId, error)
    }
  }

  /** RFC 9113 section 5.1. */
  #onStrayData (streamId: number): void {
    if (streamId > this.#lastAccepted || this.streams.closed.isResetByUs(streamId)) return
    this.#checkNotIdle(streamId)
    this.streams.refuse(streamId, STREAM_CLOSED)
  }

  #checkNotIdle (streamId: number): void {
    if (streamId > this.#lastStreamId && streamId <= this.#lastAccepted) throw new ConnectionError('stream-idle')
  }

  #onMalformed (streamId: number, error: unknown): void {
    if (!(error instanceof MalformedMessage)) throw error
    const client = this.#connection.peer.address
    this.#host.refusals.report({ reason: 'malformed', statusCode: undefined, code: error.code, client })
    this.streams.refuse(streamId, PROTOCOL_ERROR)
  }

  #answer (): void {
    this.#output.schedule()
    this.#unreadAnswers = this.#output.isBlocked ? this.#unreadAnswers + 1 : 0
    if (this.#unreadAnswers > limits.maxUnreadAnswers) throw new ConnectionError('answers-unread')
  }

  #spendIdleFrame (): void {
    if (!this.#idleFrames.spend()) throw new ConnectionError('too-many-frames')
  }
}
