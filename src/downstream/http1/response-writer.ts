import type { Socket } from 'node:net'
import { readMemory } from '../../base/read-memory.ts'

/** Longer bodies cost more as text than a second piece of memory in the same write. */
const maxTextBytes = 16_384

/** Pieces of the body beyond this, if they were written at once, are copied together: each costs more than its bytes. */
const maxPieces = 8

/** When the client has not taken in more than this, in bytes, the next pieces wait for it. */
const maxUnsentBytes = 16_384

/**
 * Writes responses to one client, one after the other, in as few writes as their pieces allow: the head together with what there is
 * of the body, pieces of the body that were written at once as one chunk, the last of them together with the end.
 *
 * Pieces that lie in `readMemory` go back there when they have left. All pieces that share a slot must come before one `flush` or `end`.
 */
export class ResponseWriter {
  readonly #socket: Socket
  /** The head until it is written. */
  #head: string | undefined
  #isChunked = false
  /** What is missing of a body whose length was announced; -1 where none was. */
  #missingBytes = -1
  #held: Buffer | undefined
  #more: Buffer[] | undefined
  #heldBytes = 0
  /** Pieces that the kernel has not taken yet; their memory goes back when it has. */
  #leaving: Buffer[] | undefined
  #writes = 0

  constructor (socket: Socket) {
    this.#socket = socket
  }

  /** Bytes of the response that are not with the kernel yet. */
  get unsentBytes (): number {
    return this.#socket.writableLength + this.#heldBytes
  }

  /** The body is shorter than announced: what was sent must not be taken for the whole. */
  get isTooShort (): boolean {
    return this.#missingBytes > 0
  }

  /** A response begins, with a body of this length, or -1. */
  begin (length: number): void {
    this.#missingBytes = length
  }

  /** Its head, complete with the empty line: goes out before what is held. A body neither chunked nor of known length ends with the connection. */
  setHead (head: string, isChunked: boolean): void {
    this.#head = head
    this.#isChunked = isChunked
  }

  /** Holds a piece of the body. What is beyond the announced length is dropped: it would be taken for the next response. */
  write (bytes: Buffer): void {
    if (this.#missingBytes !== -1) {
      if (bytes.length > this.#missingBytes) {
        if (this.#missingBytes > 0) this.write(bytes.subarray(0, this.#missingBytes))
        return
      }
      this.#missingBytes -= bytes.length
    }
    if (bytes.length === 0) return
    this.#heldBytes += bytes.length
    if (this.#held === undefined) this.#held = bytes
    else (this.#more ??= []).push(bytes)
  }

  /** Sends what is held. Returns false when more should wait until the socket has drained. */
  flush (): boolean {
    if (this.#head !== undefined || this.#heldBytes > 0) this.#send('')
    return this.#socket.writableLength <= maxUnsentBytes
  }

  /** Sends what is held, and the end. */
  end (trailers: string): void {
    const tail = this.#isChunked ? `0\r\n${trailers}\r\n` : ''
    if (this.#head !== undefined || this.#heldBytes > 0 || tail !== '') this.#send(tail)
  }

  /** Sends text between or before responses. */
  sendText (text: string): void {
    // One write needs no hurry; those after it must not wait until the client has acknowledged it (Nagle's algorithm).
    if (++this.#writes === 2) this.#socket.setNoDelay(true)
    this.#socket.write(text, 'latin1')
  }

  /** The kernel has taken all. */
  onDrain (): void {
    const leaving = this.#leaving
    if (leaving === undefined) return
    this.#leaving = undefined
    giveBack(leaving)
  }

  /** What is held will never be sent. */
  drop (): void {
    this.#head = undefined
    this.#forgetHeld()
    this.#missingBytes = -1
  }

  #send (tail: string): void {
    const head = this.#head ?? ''
    const bytes = this.#heldBytes
    this.#head = undefined
    if (bytes === 0) return this.sendText(head + tail)
    if (bytes <= maxTextBytes) {
      const text = this.#takeText()
      return this.sendText(this.#isChunked ? `${head}${bytes.toString(16)}\r\n${text}\r\n${tail}` : head + text)
    }
    const socket = this.#socket
    const first = this.#isChunked ? `${head}${bytes.toString(16)}\r\n` : head
    const last = this.#isChunked ? `\r\n${tail}` : ''
    socket.cork()
    if (first !== '') socket.write(first, 'latin1')
    this.#writePieces()
    if (last !== '') socket.write(last, 'latin1')
    if (++this.#writes === 2) socket.setNoDelay(true)
    socket.uncork()
    if (socket.writableLength === 0) this.onDrain()
  }

  #writePieces (): void {
    const more = this.#more
    const first = this.#held as Buffer
    this.#held = undefined
    this.#more = undefined
    if (more !== undefined && more.length >= maxPieces) {
      const whole = Buffer.concat([first, ...more], this.#heldBytes)
      readMemory.giveBack(first)
      this.#socket.write(whole)
    } else {
      (this.#leaving ??= []).push(first)
      this.#socket.write(first)
      if (more !== undefined) for (const piece of more) this.#socket.write(piece)
    }
    this.#heldBytes = 0
  }

  /** What is held, as text; its memory can be used again. */
  #takeText (): string {
    const first = this.#held as Buffer
    const text = this.#more === undefined ? first.toString('latin1') : Buffer.concat([first, ...this.#more], this.#heldBytes).toString('latin1')
    readMemory.giveBack(first)
    this.#forgetHeld()
    return text
  }

  #forgetHeld (): void {
    this.#held = undefined
    this.#more = undefined
    this.#heldBytes = 0
  }
}

function giveBack (pieces: readonly Buffer[]): void {
  for (const piece of pieces) readMemory.giveBack(piece)
}
