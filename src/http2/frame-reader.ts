import { ConnectionError, type Http2ErrorCode } from './errors.ts'
import { FieldBlock, type FieldBlockLimits } from './field-block.ts'
import { dependency, hasLength, onConnection, onStream, unpadded } from './frame-checks.ts'
import {
  ACK, CLIENT_PREFACE, CONTINUATION, DATA, END_HEADERS, END_STREAM, FRAME_HEADER_LENGTH, GOAWAY, HAS_PRIORITY, HEADERS, PADDED, PING,
  PRIORITY, PUSH_PROMISE, RST_STREAM, SETTINGS, WINDOW_UPDATE
} from './frame-types.ts'
import { readSettings, type Settings } from './settings.ts'

/** Gets the frames, each whole and well-formed, in their order. Buffers are views of what was read, and only valid during the call. */
export interface FrameHandler {
  /** `flowLength` is what counts against the windows: the data with its padding (RFC 9113 section 6.1). */
  onData (streamId: number, data: Buffer, flowLength: number, isEnd: boolean): void
  /** A whole field block. */
  onFields (streamId: number, block: Buffer, isEnd: boolean): void
  onPriority (streamId: number): void
  onReset (streamId: number, errorCode: number): void
  onSettings (changes: Partial<Settings>): void
  onSettingsAck (): void
  onPing (opaque: Buffer): void
  onPingAck (opaque: Buffer): void
  onGoaway (lastStreamId: number, errorCode: number): void
  /** Stream 0 is the connection. */
  onWindowUpdate (streamId: number, increment: number): void
  /** To be ignored, and counted (section 4.1). */
  onUnknown (type: number): void
  /** A frame that costs its stream, but not the connection (section 5.4.2). If it had a field block, that was given to onFields before. */
  onStreamError (streamId: number, code: Http2ErrorCode): void
}

export interface FrameLimits extends FieldBlockLimits {
  /** The SETTINGS_MAX_FRAME_SIZE that the other side was told. */
  readonly maxFrameSize: number
}

/** Splits what one side of a connection sends into frames, from pieces of any size (RFC 9113 sections 3.4 to 6). */
export class FrameReader {
  /** How many frames have come, each whole; those of a field block are one. */
  whole = 0
  readonly #handler: FrameHandler
  readonly #maxFrameSize: number
  readonly #fieldBlock: FieldBlock
  /** How much of the preface is still to come. */
  #prefaceLeft: number
  #hasSettings = false
  #isStopped = false
  /** A frame that is not whole yet: first its header, then all of it. */
  #partial: Buffer | undefined
  #partialLength = 0
  #framesLeft = 0

  /** `from` is the side that sends: only the client begins with a preface. */
  constructor (from: 'client' | 'server', limits: FrameLimits, handler: FrameHandler) {
    this.#handler = handler
    this.#maxFrameSize = limits.maxFrameSize
    this.#fieldBlock = new FieldBlock(limits)
    this.#prefaceLeft = from === 'client' ? CLIENT_PREFACE.length : 0
  }

  /** Whether a field block, or a frame that is no DATA, has begun and is not whole; or the settings are still awaited. */
  get awaitsRest (): boolean {
    if (!this.#hasSettings || this.#fieldBlock.isOpen) return true
    const partial = this.#partial
    return partial !== undefined && (partial.length === FRAME_HEADER_LENGTH || partial[3] !== DATA)
  }

  /** Nothing that follows is read. */
  stop (): void {
    this.#isStopped = true
  }

  /** Reads at most so many frames, and returns how many bytes those were. Throws a ConnectionError; nothing after that is read. */
  read (chunk: Buffer, maxFrames = Infinity): number {
    this.#framesLeft = maxFrames
    try {
      return this.#read(chunk, this.#readPreface(chunk))
    } catch (error) {
      this.#isStopped = true
      throw error
    }
  }

  #readPreface (chunk: Buffer): number {
    const length = Math.min(this.#prefaceLeft, chunk.length)
    const start = CLIENT_PREFACE.length - this.#prefaceLeft
    if (CLIENT_PREFACE.compare(chunk, 0, length, start, start + length) !== 0) throw new ConnectionError('invalid-preface')
    this.#prefaceLeft -= length
    return length
  }

  #read (chunk: Buffer, from: number): number {
    let at = from
    while (at < chunk.length && this.#framesLeft > 0) {
      if (this.#isStopped) return chunk.length
      if (this.#partial !== undefined) {
        at = this.#goOn(this.#partial, chunk, at)
        continue
      }
      const left = chunk.length - at
      const needed = left < FRAME_HEADER_LENGTH ? FRAME_HEADER_LENGTH : this.#checkedLength(chunk, at)
      if (left < needed) {
        this.#partial = Buffer.allocUnsafe(needed)
        this.#partialLength = chunk.copy(this.#partial, 0, at)
        return chunk.length
      }
      this.#take(chunk, at, at + needed)
      at += needed
    }
    return at
  }

  /** Adds to the frame that is not whole; returns the position after what it took. */
  #goOn (partial: Buffer, chunk: Buffer, at: number): number {
    const copied = chunk.copy(partial, this.#partialLength, at)
    this.#partialLength += copied
    if (this.#partialLength < partial.length) return at + copied
    const needed = partial.length > FRAME_HEADER_LENGTH ? partial.length : this.#checkedLength(partial, 0)
    if (needed > partial.length) {
      this.#partial = Buffer.allocUnsafe(needed)
      partial.copy(this.#partial)
    } else {
      this.#partial = undefined
      this.#take(partial, 0, needed)
    }
    return at + copied
  }

  /** The length of the whole frame at `at`, whose header is there. */
  #checkedLength (bytes: Buffer, at: number): number {
    const length = bytes.readUIntBE(at, 3)
    if (length > this.#maxFrameSize) throw new ConnectionError('frame-too-large') // Section 4.2
    return FRAME_HEADER_LENGTH + length
  }

  #take (bytes: Buffer, at: number, end: number): void {
    const type = bytes[at + 3]!
    const flags = bytes[at + 4]!
    const streamId = bytes.readUInt32BE(at + 5) & 0x7fff_ffff
    this.#framesLeft--
    if (!this.#hasSettings) { // Section 3.4
      if (type !== SETTINGS || (flags & ACK) !== 0) throw new ConnectionError('settings-expected')
      this.#hasSettings = true
    }
    if (this.#fieldBlock.isOpen && (type !== CONTINUATION || streamId !== this.#fieldBlock.streamId)) { // Section 6.10
      throw new ConnectionError('continuation-expected')
    }
    this.#frame(type, flags, streamId, bytes.subarray(at + FRAME_HEADER_LENGTH, end))
    if (!this.#fieldBlock.isOpen) this.whole++
  }

  #frame (type: number, flags: number, streamId: number, payload: Buffer): void {
    switch (type) {
      case DATA: return this.#data(flags, streamId, payload)
      case HEADERS: return this.#headers(flags, streamId, payload)
      case CONTINUATION: return this.#continuation(flags, streamId, payload)
      case PRIORITY: return this.#priority(streamId, payload)
      case RST_STREAM: // Section 6.4
        onStream(streamId)
        hasLength(payload.length === 4)
        return this.#handler.onReset(streamId, payload.readUInt32BE(0))
      case SETTINGS: return this.#settings(flags, streamId, payload)
      case PUSH_PROMISE: throw new ConnectionError('push-unexpected') // Section 8.4: neither side of ours asks for it
      case PING: // Section 6.7
        onConnection(streamId)
        hasLength(payload.length === 8)
        return (flags & ACK) === 0 ? this.#handler.onPing(payload) : this.#handler.onPingAck(payload)
      case GOAWAY: // Section 6.8
        onConnection(streamId)
        hasLength(payload.length >= 8)
        return this.#handler.onGoaway(payload.readUInt32BE(0) & 0x7fff_ffff, payload.readUInt32BE(4))
      case WINDOW_UPDATE: return this.#windowUpdate(streamId, payload)
      default: return this.#handler.onUnknown(type)
    }
  }

  /** Section 6.1. */
  #data (flags: number, streamId: number, payload: Buffer): void {
    onStream(streamId)
    this.#handler.onData(streamId, unpadded(flags, payload, 0), payload.length, (flags & END_STREAM) !== 0)
  }

  /** Section 6.2. */
  #headers (flags: number, streamId: number, payload: Buffer): void {
    onStream(streamId)
    const hasPriority = (flags & HAS_PRIORITY) !== 0
    const fragment = unpadded(flags, payload, hasPriority ? 5 : 0)
    const dependsOnItself = hasPriority && dependency(payload, (flags & PADDED) === 0 ? 0 : 1) === streamId
    this.#fieldBlock.begin(streamId, (flags & END_STREAM) !== 0, dependsOnItself)
    this.#addToBlock(flags, fragment)
  }

  /** Section 6.10. */
  #continuation (flags: number, streamId: number, payload: Buffer): void {
    onStream(streamId)
    if (!this.#fieldBlock.isOpen) throw new ConnectionError('continuation-unexpected')
    this.#addToBlock(flags, payload)
  }

  #addToBlock (flags: number, fragment: Buffer): void {
    const { streamId, isEnd, dependsOnItself } = this.#fieldBlock
    const block = this.#fieldBlock.add(fragment, (flags & END_HEADERS) !== 0)
    if (block === undefined) return
    this.#handler.onFields(streamId, block, isEnd)
    if (dependsOnItself) this.#handler.onStreamError(streamId, 'invalid-dependency')
  }

  /** Section 6.3, and RFC 7540 section 5.3.1. */
  #priority (streamId: number, payload: Buffer): void {
    onStream(streamId)
    if (payload.length !== 5) return this.#handler.onStreamError(streamId, 'invalid-frame-length')
    if (dependency(payload, 0) === streamId) return this.#handler.onStreamError(streamId, 'invalid-dependency')
    this.#handler.onPriority(streamId)
  }

  /** Section 6.5. */
  #settings (flags: number, streamId: number, payload: Buffer): void {
    onConnection(streamId)
    const isAck = (flags & ACK) !== 0
    hasLength(isAck ? payload.length === 0 : payload.length % 6 === 0)
    if (isAck) this.#handler.onSettingsAck()
    else this.#handler.onSettings(readSettings(payload))
  }

  /** Section 6.9. */
  #windowUpdate (streamId: number, payload: Buffer): void {
    hasLength(payload.length === 4)
    const increment = payload.readUInt32BE(0) & 0x7fff_ffff
    if (increment > 0) return this.#handler.onWindowUpdate(streamId, increment)
    if (streamId === 0) throw new ConnectionError('invalid-increment')
    this.#handler.onStreamError(streamId, 'invalid-increment')
  }
}
