import type { Socket } from 'node:net'
import type { RequestFraming } from './backend-stream.ts'

/** Longer bodies cost more as text than a second piece of memory in the same write. */
const maxTextBytes = 16_384

/**
 * Writes requests to one connection in as few writes as their pieces allow: a head together with what is there of its body, as
 * one latin1 string while it is small; a chunk in one write with its size.
 */
export class RequestWriter {
  readonly #socket: Socket
  #isChunked = false
  /** What is held: the head of the request, and what of its body came with it. */
  #text = ''
  #isWhole = false

  constructor (socket: Socket) {
    this.#socket = socket
  }

  /** The request has been written to its end. */
  get isWhole (): boolean {
    return this.#isWhole
  }

  /** Another request begins. */
  begin (): void {
    this.#isChunked = false
    this.#text = ''
    this.#isWhole = false
  }

  send (head: string, framing: RequestFraming): void {
    this.#text = head
    this.#isChunked = framing === 'chunked'
  }

  write (bytes: Buffer, isOurs: boolean): boolean {
    const { length } = bytes
    if (this.#text !== '' && this.#text.length + length <= maxTextBytes) {
      this.#text += this.#isChunked ? chunkOf(bytes) : bytes.toString('latin1')
      if (isOurs && isFreeable(bytes)) free(bytes)
      return true
    }
    if (this.#isChunked && length <= maxTextBytes) {
      const text = this.#takeText() + chunkOf(bytes)
      if (isOurs && isFreeable(bytes)) free(bytes)
      return this.#socket.write(text, 'latin1')
    }
    const start = this.#isChunked ? `${this.#takeText()}${length.toString(16)}\r\n` : this.#takeText()
    if (start === '') return this.#writePiece(bytes, isOurs)
    this.#socket.cork()
    this.#socket.write(start, 'latin1')
    let canTakeMore = this.#writePiece(bytes, isOurs)
    if (this.#isChunked) canTakeMore = this.#socket.write('\r\n', 'latin1')
    this.#socket.uncork()
    return canTakeMore
  }

  flush (): void {
    if (this.#text !== '') this.#socket.write(this.#takeText(), 'latin1')
  }

  end (trailers: string): void {
    this.#isWhole = true
    if (this.#isChunked) this.#text += `0\r\n${trailers}\r\n`
    this.flush()
  }

  #takeText (): string {
    const text = this.#text
    this.#text = ''
    return text
  }

  #writePiece (bytes: Buffer, isOurs: boolean): boolean {
    if (!isOurs || !isFreeable(bytes)) return this.#socket.write(bytes)
    return this.#socket.write(bytes, (error) => { if (error == null) free(bytes) })
  }
}

function chunkOf (bytes: Buffer): string {
  return `${bytes.length.toString(16)}\r\n${bytes.toString('latin1')}\r\n`
}

/** The lib of ES2023 does not have it; Node has it from 22 on. */
interface TransferableMemory {
  transfer? (newByteLength: number): unknown
}

/** A piece that is the whole of its memory, and not one of several in it. */
function isFreeable (piece: Buffer): boolean {
  return piece.buffer.byteLength === piece.length
}

/**
 * Frees the memory of a piece that nobody reads any more. Node reads each piece into memory of its own, of up to 64 KiB; left
 * to the garbage collector, which does not see its size as urgent, that of one slow upload grows to 64 MiB.
 */
function free ({ buffer }: Buffer): void {
  const memory: TransferableMemory = buffer as ArrayBuffer & TransferableMemory
  memory.transfer?.(0)
}
