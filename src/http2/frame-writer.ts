import {
  ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, FRAME_HEADER_LENGTH, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS, WINDOW_UPDATE
} from './frame-types.ts'
import { writeSettings, type Settings } from './settings.ts'

const CAPACITY = 4096

/**
 * Gathers the frames of one turn, so that they leave in one write. Lengths and order are the caller's: each frame is written as
 * it is given.
 */
export class FrameWriter {
  #bytes = Buffer.allocUnsafe(CAPACITY)
  #length = 0

  get length (): number {
    return this.#length
  }

  /** What was gathered; it is the caller's from now on. */
  take (): Buffer {
    const length = this.#length
    this.#length = 0
    if (length < CAPACITY / 2) return Buffer.from(this.#bytes.subarray(0, length))
    const taken = this.#bytes.subarray(0, length)
    this.#bytes = Buffer.allocUnsafe(CAPACITY)
    return taken
  }

  /** Bytes that are no frame: the preface. */
  raw (bytes: Buffer): void {
    this.#reserve(bytes.length)
    this.#copy(bytes)
  }

  /** At most as long as the other side's SETTINGS_MAX_FRAME_SIZE. */
  data (streamId: number, data: Buffer, isEnd: boolean): void {
    this.#header(data.length, DATA, isEnd ? END_STREAM : 0, streamId)
    this.#copy(data)
  }

  /** The beginning of a DATA frame whose payload is written elsewhere. */
  dataHeader (streamId: number, length: number, isEnd: boolean): void {
    this.#header(0, DATA, isEnd ? END_STREAM : 0, streamId)
    this.#bytes.writeUIntBE(length, this.#length - FRAME_HEADER_LENGTH, 3)
  }

  /** A field block, in as many frames as it needs, with nothing between them (RFC 9113 section 4.3). */
  fields (streamId: number, block: Buffer, isEnd: boolean, maxFrameSize: number): void {
    let at = 0
    do {
      const end = Math.min(block.length, at + maxFrameSize)
      const flags = (at === 0 && isEnd ? END_STREAM : 0) | (end === block.length ? END_HEADERS : 0)
      this.#header(end - at, at === 0 ? HEADERS : CONTINUATION, flags, streamId)
      this.#copy(block.subarray(at, end))
      at = end
    } while (at < block.length)
  }

  reset (streamId: number, errorCode: number): void {
    this.#header(4, RST_STREAM, 0, streamId)
    this.#uint32(errorCode)
  }

  settings (settings: Partial<Settings>): void {
    const payload = writeSettings(settings)
    this.#header(payload.length, SETTINGS, 0, 0)
    this.#copy(payload)
  }

  settingsAck (): void {
    this.#header(0, SETTINGS, ACK, 0)
  }

  /** `opaque` is eight bytes. */
  ping (opaque: Buffer, isAck: boolean): void {
    this.#header(8, PING, isAck ? ACK : 0, 0)
    this.#copy(opaque)
  }

  goaway (lastStreamId: number, errorCode: number): void {
    this.#header(8, GOAWAY, 0, 0)
    this.#uint32(lastStreamId)
    this.#uint32(errorCode)
  }

  windowUpdate (streamId: number, increment: number): void {
    this.#header(4, WINDOW_UPDATE, 0, streamId)
    this.#uint32(increment)
  }

  #header (length: number, type: number, flags: number, streamId: number): void {
    this.#reserve(FRAME_HEADER_LENGTH + length)
    const at = this.#length
    this.#bytes.writeUIntBE(length, at, 3)
    this.#bytes[at + 3] = type
    this.#bytes[at + 4] = flags
    this.#bytes.writeUInt32BE(streamId, at + 5)
    this.#length += FRAME_HEADER_LENGTH
  }

  #uint32 (value: number): void {
    this.#length = this.#bytes.writeUInt32BE(value, this.#length)
  }

  #copy (bytes: Buffer): void {
    this.#length += bytes.copy(this.#bytes, this.#length)
  }

  #reserve (length: number): void {
    if (this.#length + length <= this.#bytes.length) return
    const wider = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + length))
    this.#bytes.copy(wider, 0, 0, this.#length)
    this.#bytes = wider
  }
}
