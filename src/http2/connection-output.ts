import type { Socket } from 'node:net'
import { readMemory } from '../base/read-memory.ts'
import { MAX_WINDOW } from './frame-types.ts'
import { FrameWriter } from './frame-writer.ts'
import { HpackEncoder } from './hpack/encoder.ts'
import type { StreamOutput } from './stream-output.ts'

/** The most that a DATA frame carries, in bytes: what every side takes (RFC 9113 section 4.2), and what keeps turns short. */
const maxDataBytes = 16_384

/** DATA that one write carries, in bytes. */
const maxTurnBytes = 131_072

/** When more than this waits in a stream, in bytes, who writes it is told to wait. */
const maxQueuedBytes = 65_536

/** Less data than this costs more as a piece of a write than as a copy, in bytes. */
const minPieceBytes = 4096

const empty = Buffer.alloc(0)

export interface OutputListener {
  /** The other side does not take in what was written; until `isBlocked` is false again, nothing more is. */
  readonly onBlocked: () => void
  readonly onThrown: (error: unknown) => void
}

/**
 * Sends what the streams of a connection have to say: all frames of a turn of the event loop in one write, and DATA in turn, a frame
 * for each stream, so that none starves another.
 */
export class ConnectionOutput {
  /** Control frames; call `schedule` after writing one. */
  readonly frames = new FrameWriter()
  readonly encoder = new HpackEncoder()
  /** How much the other side takes of all streams together. */
  window = 65_535
  readonly #socket: Socket
  readonly #onBlocked: () => void
  readonly #onThrown: (error: unknown) => void
  /** Those that have data and a window, in turn. */
  #turns: StreamOutput[] = []
  /** Those who are told when the system has taken what was written. */
  #full: StreamOutput[] = []
  #ended: StreamOutput[] = []
  /** What goes out before `frames`. */
  #pieces: Buffer[] = []
  /** Memory of pieces that the system has not taken yet. */
  #leaving: Buffer[] = []
  /** How many times the other side may still tell of its windows as an answer to what was sent: twice for each DATA frame. */
  #windowAnswers = 0
  #isScheduled = false
  #isBlocked = false

  constructor (socket: Socket, { onBlocked, onThrown }: OutputListener) {
    this.#socket = socket
    this.#onBlocked = onBlocked
    this.#onThrown = onThrown
    socket.on('drain', () => { this.#onDrain() })
  }

  /** The other side does not read. */
  get isBlocked (): boolean {
    return this.#isBlocked
  }

  /** How many streams are whole in what the system has not taken yet. */
  get unsentStreams (): number {
    return this.#ended.length
  }

  /** A header or trailer section; none before may be left out, as the other side's table follows them (RFC 7541 section 2.2). */
  fields (streamId: number, raw: readonly string[], isEnd: boolean): void {
    this.frames.fields(streamId, this.encoder.encode(raw), isEnd, maxDataBytes)
    this.schedule()
  }

  write (stream: StreamOutput, bytes: Buffer): void {
    if (bytes.length === 0) return
    stream.add(bytes)
    this.#takeTurn(stream)
  }

  /** Whether more of this stream may be written now; if not, it is told when. */
  mayWrite (stream: StreamOutput): boolean {
    if (stream.queuedBytes <= maxQueuedBytes && !this.#isBlocked) return true
    if (!stream.isFull) this.#full.push(stream)
    stream.isFull = true
    return false
  }

  /** The stream is whole after what is queued, and `trailers`. */
  end (stream: StreamOutput, trailers: readonly string[] | undefined): void {
    stream.isEnding = true
    stream.trailers = trailers
    if (stream.queuedBytes === 0) this.#finish(stream)
  }

  /** Its last frame was a field section. */
  ended (stream: StreamOutput): void {
    stream.isOver = true
    this.#ended.push(stream)
    this.schedule()
  }

  /** The other side tells of a window. Returns whether that answers what was sent. */
  takeWindowAnswer (): boolean {
    if (this.#windowAnswers === 0) return false
    this.#windowAnswers--
    return true
  }

  /** Returns false when the window becomes larger than it can be. */
  widen (increment: number): boolean {
    this.window += increment
    if (this.#turns.length > 0) this.schedule()
    return this.window <= MAX_WINDOW
  }

  /** As `widen`, for one stream; the increment is negative when the other side has made its windows smaller. */
  widenStream (stream: StreamOutput, increment: number): boolean {
    stream.window += increment
    if (stream.queuedBytes > 0) this.#takeTurn(stream)
    return stream.window <= MAX_WINDOW
  }

  schedule (): void {
    if (this.#isScheduled || this.#isBlocked) return
    this.#isScheduled = true
    setImmediate(flush, this)
  }

  /** Sends what can be sent now. */
  flush (): void {
    this.#isScheduled = false
    if (this.#isBlocked || !this.#socket.writable) return
    this.#takeData()
    this.#send()
    if (this.#isBlocked) this.#onBlocked()
    else this.#onTaken()
  }

  /** Less than the high-water mark is as good as taken: no 'drain' follows it. */
  #send (): void {
    const socket = this.#socket
    const pieces = this.#pieces
    if (pieces.length === 0) {
      if (this.frames.length > 0) this.#isBlocked = !socket.write(this.frames.take())
      return
    }
    if (this.frames.length > 0) pieces.push(this.frames.take())
    this.#pieces = []
    socket.cork()
    for (const piece of pieces) socket.write(piece)
    socket.uncork()
    this.#isBlocked = socket.writableNeedDrain
    if (socket.writableLength === 0) this.#giveBack()
  }

  #giveBack (): void {
    const leaving = this.#leaving
    if (leaving.length === 0) return
    this.#leaving = []
    for (const piece of leaving) readMemory.giveBack(piece)
  }

  #onDrain (): void {
    this.#isBlocked = false
    this.#giveBack()
    this.#onTaken()
    if (this.frames.length > 0) this.schedule()
  }

  /** The system has taken what was written: tells those who wait for it, and goes on. */
  #onTaken (): void {
    const ended = this.#ended
    const full = this.#full
    this.#ended = []
    this.#full = []
    for (const stream of full) {
      if (stream.queuedBytes > maxQueuedBytes / 2) this.#full.push(stream)
      else this.#tell(() => { stream.drained() })
    }
    for (const stream of ended) this.#tell(() => { stream.sent() })
    if (this.#turns.length > 0 && this.window > 0) this.schedule()
  }

  #tell (task: () => void): void {
    try {
      task()
    } catch (error) {
      this.#onThrown(error)
    }
  }

  #takeTurn (stream: StreamOutput): void {
    if (stream.window <= 0) return
    if (!stream.isInTurn) this.#turns.push(stream)
    stream.isInTurn = true
    if (this.window > 0) this.schedule()
  }

  /** One frame of each stream that has its turn, until there is enough for one write. */
  #takeData (): void {
    let left = maxTurnBytes
    let at = 0
    for (; at < this.#turns.length && left > 0 && this.window > 0; at++) {
      const stream = this.#turns[at]!
      if (stream.queuedBytes > 0 && stream.window > 0) left -= this.#takeFrame(stream)
      stream.isInTurn = stream.queuedBytes > 0 && stream.window > 0
      if (stream.isInTurn) this.#turns.push(stream)
    }
    if (at > 0) this.#turns = this.#turns.slice(at)
  }

  #takeFrame (stream: StreamOutput): number {
    const data = stream.take(Math.min(maxDataBytes, stream.window, this.window))
    this.window -= data.length
    this.#windowAnswers += 2
    const isEnd = stream.isEnding && stream.queuedBytes === 0
    this.#data(stream.streamId, data, isEnd && stream.trailers === undefined)
    if (stream.spent !== undefined) this.#leaving.push(stream.spent)
    if (isEnd) {
      if (stream.trailers !== undefined) this.fields(stream.streamId, stream.trailers, true)
      this.ended(stream)
    }
    return data.length
  }

  #data (streamId: number, data: Buffer, isEnd: boolean): void {
    if (data.length < minPieceBytes) return this.frames.data(streamId, data, isEnd)
    this.frames.dataHeader(streamId, data.length, isEnd)
    this.#pieces.push(this.frames.take(), data)
  }

  #finish (stream: StreamOutput): void {
    if (stream.trailers === undefined) this.frames.data(stream.streamId, empty, true)
    else this.fields(stream.streamId, stream.trailers, true)
    this.ended(stream)
  }
}

function flush (output: ConnectionOutput): void {
  output.flush()
}
