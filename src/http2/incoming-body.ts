import { Fields } from '../http/fields.ts'
import { MalformedMessage } from './malformed.ts'
import { ReceiveWindow } from './receive-window.ts'

/** Who takes what a stream brings. What these throw comes back as `onThrown`. */
export interface BodyTaker {
  onBody (bytes: Buffer): void
  onBodyEnd (trailers: Fields): void
  onThrown (error: unknown): void
}

/** Whose body it is. */
export interface BodyOwner {
  readonly streamId: number
  /** It is told of the end even where nothing comes. */
  readonly awaitsEmptyEnd: boolean
  readonly taker: BodyTaker
}

/** What tells the client that it may send more. */
export interface Windows {
  giveBack (bytes: number): void
  giveBackToStream (streamId: number, bytes: number): void
  /** Returns by how many bytes a stream's window may grow, at most by `bytes`; they are to be returned. */
  takeRoom (bytes: number): number
  returnRoom (bytes: number): void
}

/**
 * What comes on a stream after its head. It is taken on as far as it is wanted; the rest waits here, within the stream's window, which
 * is given back with that of the connection when the bytes have been taken. The window grows while they are taken as fast as they come:
 * one that is small costs a round trip each time that it is used up.
 */
export class IncomingBody {
  /** All of it has come. */
  isComplete: boolean
  readonly #owner: BodyOwner
  readonly #windows: Windows
  readonly #window: ReceiveWindow
  /** By how much the window has grown. */
  #room = 0
  #waiting: Buffer[] = []
  #waitingBytes = 0
  /** Delivered to somebody who has said since that no more can be taken. */
  #heldBytes = 0
  /** What may still come of the length that was announced (RFC 9113 section 8.1.1). */
  #missing: number
  readonly #hasLength: boolean
  #trailers = Fields.none
  #isReading = false
  #isDelivering = false
  #isDropping = false
  #hasToldEnd: boolean

  constructor (owner: BodyOwner, windowBytes: number, contentLength: number, isEnd: boolean, windows: Windows) {
    this.#owner = owner
    this.#window = new ReceiveWindow(windowBytes)
    this.#windows = windows
    this.#hasLength = contentLength !== -1
    this.#missing = this.#hasLength ? contentLength : Infinity
    this.isComplete = isEnd
    this.#hasToldEnd = isEnd && !owner.awaitsEmptyEnd
  }

  /** `flowLength` is the data with its padding. Returns false when the window has no room for it; throws a MalformedMessage. */
  receive (data: Buffer, flowLength: number, isEnd: boolean): boolean {
    if (!this.#window.receive(flowLength)) {
      this.#windows.giveBack(flowLength)
      return false
    }
    if (this.#isDropping) {
      this.#giveBack(flowLength)
    } else {
      if (flowLength > data.length) this.#giveBack(flowLength - data.length)
      if (data.length > 0) {
        this.#waiting.push(data)
        this.#waitingBytes += data.length
      }
    }
    this.#missing -= data.length
    if (this.#missing < 0) throw new MalformedMessage('invalid-content-length')
    if (isEnd) this.#complete()
    this.#deliver()
    return true
  }

  /** The trailers have come, and with them the end. Throws a MalformedMessage. */
  receiveTrailers (trailers: Fields): void {
    this.#trailers = trailers
    this.#complete()
    this.#deliver()
  }

  read (): void {
    this.#isReading = true
    const held = this.#heldBytes
    this.#heldBytes = 0
    this.#giveBack(held)
    this.#deliver()
  }

  hold (): void {
    this.#isReading = false
  }

  /** Nobody wants what still comes. */
  drop (): void {
    this.#isDropping = true
    const bytes = this.#waitingBytes + this.#heldBytes
    this.#waiting = []
    this.#waitingBytes = 0
    this.#heldBytes = 0
    this.#giveBack(bytes)
    this.#returnRoom()
  }

  #complete (): void {
    if (this.#hasLength && this.#missing > 0) throw new MalformedMessage('invalid-content-length')
    this.isComplete = true
    this.#returnRoom()
  }

  #deliver (): void {
    if (this.#isDelivering) return
    this.#isDelivering = true
    while (this.#isReading && !this.#isDropping && this.#waiting.length > 0) {
      const bytes = this.#waiting.shift()!
      this.#waitingBytes -= bytes.length
      this.#tellOfBody(bytes)
      if (this.#isReading || this.#isDropping) this.#giveBack(bytes.length)
      else this.#heldBytes += bytes.length
    }
    this.#isDelivering = false
    if (!this.isComplete || !this.#isReading || this.#isDropping || this.#waiting.length > 0 || this.#hasToldEnd) return
    this.#hasToldEnd = true
    const { taker } = this.#owner
    try {
      taker.onBodyEnd(this.#trailers)
    } catch (error) {
      taker.onThrown(error)
    }
  }

  #tellOfBody (bytes: Buffer): void {
    const { taker } = this.#owner
    try {
      taker.onBody(bytes)
    } catch (error) {
      taker.onThrown(error)
    }
  }

  #giveBack (bytes: number): void {
    if (bytes === 0) return
    this.#windows.giveBack(bytes)
    const given = this.isComplete ? 0 : this.#window.give(bytes)
    if (given > 0) this.#windows.giveBackToStream(this.#owner.streamId, given + this.#grow())
  }

  /** Doubles the window, as far as there is room, if nothing waits. Returns by how much it has grown. */
  #grow (): number {
    if (this.#isDropping || this.#waitingBytes > 0) return 0
    const bytes = this.#windows.takeRoom(this.#window.size)
    this.#window.grow(bytes)
    this.#room += bytes
    return bytes
  }

  #returnRoom (): void {
    this.#windows.returnRoom(this.#room)
    this.#room = 0
  }
}
