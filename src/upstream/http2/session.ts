import { Budget } from '../../base/budget.ts'
import type { Clock } from '../../base/clock.ts'
import type { ConnectionOutput } from '../../http2/connection-output.ts'
import {
  ConnectionError, errorCodeOf, FLOW_CONTROL_ERROR, HTTP_1_1_REQUIRED, REFUSED_STREAM, type Http2ErrorCode
} from '../../http2/errors.ts'
import { FrameReader, type FrameHandler } from '../../http2/frame-reader.ts'
import { DEFAULT_MAX_FRAME_SIZE } from '../../http2/frame-types.ts'
import { HpackDecoder } from '../../http2/hpack/decoder.ts'
import { HpackError } from '../../http2/hpack/hpack-error.ts'
import { ConnectionWindows } from '../../http2/connection-windows.ts'
import { defaultSettings, type Settings } from '../../http2/settings.ts'
import type { Failure } from '../failure.ts'
import * as limits from './limits.ts'
import type { Http2Stream } from './stream.ts'

/** What a session needs of the connection that it is on. */
export interface SessionConnection {
  readonly clock: Clock
  /** No new streams: the backend has said so. */
  onGoaway (): void
}

/** What one backend says, by the rules of RFC 9113. What it may not say throws a ConnectionError, or costs it the stream. */
export class ClientSession implements FrameHandler {
  readonly open = new Map<number, Http2Stream>()
  maxStreams: number = limits.presumedStreams
  readonly windows: ConnectionWindows
  readonly #connection: SessionConnection
  readonly #output: ConnectionOutput
  readonly #reader: FrameReader
  readonly #decoder = new HpackDecoder({
    maxTableSize: defaultSettings.headerTableSize, maxFieldsSize: limits.maxFieldsSize, maxFields: limits.maxFields
  })

  readonly #idleFrames: Budget
  /** Those that something has come for since the last `read` began. */
  readonly #touched = new Set<Http2Stream>()
  #nextId = 1
  /** That have piled up since the backend stopped to read. */
  #unreadAnswers = 0

  constructor (connection: SessionConnection, output: ConnectionOutput) {
    this.#connection = connection
    this.#output = output
    this.windows = new ConnectionWindows(output, this.open, limits.connectionWindowBytes)
    this.#idleFrames = new Budget(connection.clock, limits.idleFrames.most, limits.idleFrames.perSecond)
    this.#reader = new FrameReader('server', { maxFrameSize: DEFAULT_MAX_FRAME_SIZE, ...limits }, this)
  }

  /** Numbers are used up one day. */
  get isExhausted (): boolean {
    return this.#nextId > 0x7fff_ff00
  }

  /** Gives a stream its number. */
  add (stream: Http2Stream): number {
    const streamId = this.#nextId
    this.#nextId += 2
    this.open.set(streamId, stream)
    return streamId
  }

  /** Throws a ConnectionError. */
  read (chunk: Buffer): void {
    try {
      this.#reader.read(chunk)
    } finally {
      for (const stream of this.#touched) stream.onChunkEnd()
      this.#touched.clear()
    }
  }

  stop (): void {
    this.#reader.stop()
  }

  onFields (streamId: number, block: Buffer, isEnd: boolean): void {
    const raw = this.#decode(block)
    const stream = this.#find(streamId)
    if (stream === undefined) return this.#spendIdleFrame()
    this.#touched.add(stream)
    stream.onFields(raw, isEnd)
  }

  onData (streamId: number, data: Buffer, flowLength: number, isEnd: boolean): void {
    this.windows.receive(flowLength)
    if (data.length === 0 && !isEnd) this.#spendIdleFrame()
    const stream = this.#find(streamId)
    if (stream === undefined) return this.windows.giveBack(flowLength)
    this.#touched.add(stream)
    stream.onData(data, flowLength, isEnd)
  }

  onPriority (): void { this.#spendIdleFrame() }

  onReset (streamId: number, errorCode: number): void {
    const stream = this.#find(streamId)
    if (stream === undefined) return this.#spendIdleFrame()
    stream.onLost(errorCode === REFUSED_STREAM ? unprocessed : { reason: 'reset', detail: resetDetail(errorCode) })
  }

  onSettings ({ initialWindowSize, headerTableSize, maxConcurrentStreams, enablePush }: Partial<Settings>): void {
    this.#spendIdleFrame()
    // Section 6.5.2: a server does not set it.
    if (enablePush === true) throw new ConnectionError('invalid-setting')
    if (headerTableSize !== undefined) this.#output.encoder.limitTable(headerTableSize)
    if (maxConcurrentStreams !== undefined) this.maxStreams = Math.min(maxConcurrentStreams, limits.maxStreams)
    if (initialWindowSize !== undefined) this.windows.resize(initialWindowSize)
    this.#output.frames.settingsAck()
    this.#answered()
  }

  onSettingsAck (): void { this.#spendIdleFrame() }

  onPing (opaque: Buffer): void {
    this.#spendIdleFrame()
    this.#output.frames.ping(opaque, true)
    this.#answered()
  }

  onPingAck (): void { this.#spendIdleFrame() }

  /** RFC 9113 section 6.8: later streams have not been looked at. */
  onGoaway (lastStreamId: number): void {
    this.#spendIdleFrame()
    this.#connection.onGoaway()
    for (const [streamId, stream] of this.open) if (streamId > lastStreamId) stream.onLost(unprocessed)
  }

  onWindowUpdate (streamId: number, increment: number): void {
    if (!this.#output.takeWindowAnswer()) this.#spendIdleFrame()
    if (streamId === 0) return this.windows.widen(increment)
    const output = this.#find(streamId)?.output
    if (output !== undefined && !this.#output.widenStream(output, increment)) this.#refuse(streamId, FLOW_CONTROL_ERROR)
  }

  onUnknown (): void { this.#spendIdleFrame() }

  onStreamError (streamId: number, code: Http2ErrorCode): void {
    this.#spendIdleFrame()
    if (this.#find(streamId) !== undefined) this.#refuse(streamId, errorCodeOf(code))
  }

  #refuse (streamId: number, errorCode: number): void {
    this.open.get(streamId)?.onRefused(errorCode)
  }

  /** One that we have given up is no error; one that there has never been is (section 5.1). */
  #find (streamId: number): Http2Stream | undefined {
    if (streamId % 2 === 0 || streamId >= this.#nextId) throw new ConnectionError('stream-idle')
    return this.open.get(streamId)
  }

  #decode (block: Buffer): string[] {
    try {
      return this.#decoder.decode(block).raw
    } catch (error) {
      if (!(error instanceof HpackError)) throw error
      throw new ConnectionError(error.isLimit ? 'fields-too-large' : 'invalid-field-block')
    }
  }

  #answered (): void {
    if (!this.#output.isBlocked) this.#unreadAnswers = 0
    else if (++this.#unreadAnswers > limits.maxUnreadAnswers) throw new ConnectionError('answers-unread')
    this.#output.schedule()
  }

  #spendIdleFrame (): void {
    if (!this.#idleFrames.spend()) throw new ConnectionError('too-many-frames')
  }
}

/** RFC 9113 section 7. Configured is configured: a request is not repeated by HTTP/1.1. */
function resetDetail (errorCode: number): string {
  return errorCode === HTTP_1_1_REQUIRED ? 'the backend wants HTTP/1.1 (RST_STREAM HTTP_1_1_REQUIRED)' : `RST_STREAM ${errorCode}`
}

/** The backend has not looked at the request, and is not to blame: it may go anywhere, whatever its method. */
const unprocessed = { reason: 'reset', detail: 'not processed', isStale: true, isUnprocessed: true } as const satisfies Partial<Failure>
