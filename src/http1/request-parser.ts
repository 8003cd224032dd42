import { Fields, MARK } from '../http/fields.ts'
import { CONTENT_LENGTH, TRANSFER_ENCODING } from '../http/header-kind.ts'
import { ChunkedDecoder, type ChunkedLimits } from './chunked-decoder.ts'
import { CR, INCOMPLETE, LF } from './field-scanner.ts'
import { MessageError } from './message-error.ts'
import { RequestHeadScanner, type ParsedRequest } from './request-head.ts'
import { SectionBuffer } from './section-buffer.ts'

export interface RequestLimits extends ChunkedLimits {
  /** Of one head, from its first byte to the empty line's last. */
  readonly maxHeadBytes: number
  /** Fields cost more memory than their bytes, for as long as their request waits. */
  readonly maxFields: number
  /** Of the empty lines before a head. */
  readonly maxEmptyBytes: number
}

const requestLimits: RequestLimits = {
  maxHeadBytes: 16_384,
  maxFields: 200,
  maxEmptyBytes: 64,
  maxTrailerBytes: 16_384,
  maxTrailers: 200,
  maxChunkExtensionBytes: 16_384
}

/** Takes a piece of a body: a view of the chunk that was passed in, never empty. */
export type BodyReceiver = (piece: Buffer) => void

const HEAD = 0
const LENGTH = 1
const CHUNKED = 2
const COMPLETE = 3
const FAILED = 4

/** Of a head that comes in pieces, so much is looked at as it comes: garbage is refused at once. */
const BEGINNING_BYTES = 64

/** A scan leaves nothing behind that must last until the next one, so all parsers share it. */
const headScanner = new RequestHeadScanner()

/**
 * Reads the requests that come over one connection from a client (RFC 9112), as its caller asks for them: one head, then its
 * body piece by piece, then `next`. It keeps nothing of a chunk but the beginning of a head that is not whole.
 *
 * It is strict where two readers could disagree on where a request ends or what it says. Whatever is refused is refused with
 * a `MessageError`, and the parser takes nothing in any more.
 */
export class RequestParser {
  readonly #limits: RequestLimits
  #state = HEAD
  #request: ParsedRequest | undefined
  #section: SectionBuffer | undefined
  #emptyBytes = 0
  #hasCr = false
  #remaining = 0
  #chunked: ChunkedDecoder | undefined

  constructor (limits?: Partial<RequestLimits>) {
    this.#limits = limits === undefined ? requestLimits : { ...requestLimits, ...limits }
  }

  /** Set once the head is whole, until `next`. */
  get request (): ParsedRequest | undefined {
    return this.#request
  }

  /** Some bytes of a head came, but not all. Empty lines before it are none of it. */
  get hasPartOfHead (): boolean {
    return this.#section !== undefined
  }

  /** The request is whole, its body included. */
  get isComplete (): boolean {
    return this.#state === COMPLETE
  }

  /** Of the request that is whole, unfiltered. */
  get trailers (): Fields {
    return this.#state === COMPLETE && this.#request?.body === 'stream' ? (this.#chunked as ChunkedDecoder).trailers : Fields.none
  }

  /** Reads on in the head; returns the position after what was taken. Takes nothing more once `request` is set. */
  readHead (chunk: Buffer, from: number): number {
    if (this.#state !== HEAD) return from
    try {
      return this.#readHead(chunk, from)
    } catch (error) {
      this.#fail()
      throw error
    }
  }

  /** Reads on in the body up to the end of one piece, or of the chunk; returns the position after what was taken. */
  readBody (chunk: Buffer, from: number, onPiece: BodyReceiver): number {
    if (this.#state === LENGTH) {
      const end = Math.min(chunk.length, from + this.#remaining)
      if (end === from) return from
      this.#remaining -= end - from
      if (this.#remaining === 0) this.#state = COMPLETE
      onPiece(from === 0 && end === chunk.length ? chunk : chunk.subarray(from, end))
      return end
    }
    if (this.#state !== CHUNKED) return from
    const decoder = this.#chunked as ChunkedDecoder
    const end = this.#advance(decoder, chunk, from)
    if (decoder.dataLength > 0) onPiece(chunk.subarray(end - decoder.dataLength, end))
    return end
  }

  /** The next request begins. Throws if this one is not whole. */
  next (): void {
    if (this.#state !== COMPLETE) throw new Error('the request before is not read to its end')
    this.#state = HEAD
    this.#request = undefined
    this.#emptyBytes = 0
  }

  /** Mostly the head is whole in its first chunk, and nothing is copied but into its one string. */
  #readHead (chunk: Buffer, from: number): number {
    const { maxHeadBytes, maxFields } = this.#limits
    if (this.#section === undefined) {
      const at = this.#skipEmptyLines(chunk, from)
      if (at === chunk.length) return at
      const end = headScanner.scan(chunk, at, Math.min(chunk.length, at + maxHeadBytes), maxFields)
      if (end !== INCOMPLETE) {
        this.#accept(headScanner.build(chunk, at, end))
        return end
      }
      this.#section = new SectionBuffer(maxHeadBytes)
      return this.#gather(this.#section, chunk, at)
    }
    return this.#gather(this.#section, chunk, from)
  }

  #gather (section: SectionBuffer, chunk: Buffer, from: number): number {
    const isBeginning = section.length < BEGINNING_BYTES
    const end = section.take(chunk, from)
    if (section.isOpen) {
      if (isBeginning) headScanner.checkBeginning(section.bytes, section.length)
      return end
    }
    const sectionEnd = headScanner.scan(section.bytes, 0, section.length, this.#limits.maxFields)
    if (sectionEnd === INCOMPLETE) throw new MessageError('head-too-large')
    this.#section = undefined
    this.#accept(headScanner.build(section.bytes, 0, sectionEnd))
    return end
  }

  /** RFC 9112 section 2.2: some clients send an empty line after a body. */
  #skipEmptyLines (chunk: Buffer, from: number): number {
    let at = from
    for (; at < chunk.length; at++) {
      const byte = chunk[at]
      if (byte !== (this.#hasCr ? LF : CR)) {
        if (this.#hasCr || byte === LF) throw new MessageError('invalid-line-end')
        break
      }
      if (++this.#emptyBytes > this.#limits.maxEmptyBytes) throw new MessageError('invalid-request-line')
      this.#hasCr = !this.#hasCr
    }
    return at
  }

  #accept (request: ParsedRequest): void {
    this.#request = request
    if (request.body === 'none') {
      this.#state = COMPLETE
    } else if (request.body === 'length') {
      this.#state = LENGTH
      this.#remaining = request.contentLength
    } else {
      this.#state = CHUNKED
      this.#chunked ??= new ChunkedDecoder(this.#limits)
      this.#chunked.reset()
    }
  }

  #advance (decoder: ChunkedDecoder, chunk: Buffer, from: number): number {
    try {
      const end = decoder.advance(chunk, from)
      if (decoder.isDone) {
        refuseFraming(decoder.trailers)
        this.#state = COMPLETE
      }
      return end
    } catch (error) {
      this.#fail()
      throw error
    }
  }

  #fail (): void {
    this.#state = FAILED
    this.#section = undefined
  }
}

/** Fields of framing mean nothing in trailers (RFC 9110 section 6.5.1), but not everybody knows. */
function refuseFraming ({ marks }: Fields): void {
  for (let i = 0; i < marks.length; i += MARK) {
    if (marks[i] === CONTENT_LENGTH || marks[i] === TRANSFER_ENCODING) throw new MessageError('framing-in-trailers')
  }
}
