import { Fields } from '../http/fields.ts'
import { ChunkedDecoder } from './chunked-decoder.ts'
import { INCOMPLETE } from './field-scanner.ts'
import { MessageError } from './message-error.ts'
import { HeadScanner, type ParsedResponse } from './response-head.ts'
import { nobody, type ResponseHandler } from './response-handler.ts'
import { responseLimits, type ResponseLimits } from './response-limits.ts'
import { SectionBuffer } from './section-buffer.ts'

export type { ResponseHandler } from './response-handler.ts'

const IDLE = 0
const HEAD = 1
const LENGTH = 2
const CHUNKED = 3
const CLOSE = 4
const COMPLETE = 5
const TUNNEL = 6
const FAILED = 7

/** A scan leaves nothing behind that must last until the next one, so all parsers share it. */
const headScanner = new HeadScanner()

/**
 * Reads the responses that come over one connection to a backend (RFC 9112), one exchange after the other.
 *
 * It is strict where two readers could disagree on where a response ends or what it says. Whatever is refused is refused
 * with a `MessageError`, and the parser is of no more use then, as is the connection.
 */
export class ResponseParser {
  readonly #limits: ResponseLimits
  #handler = nobody
  #state = IDLE
  #isRunning = false
  #isHeadRequest = false
  #mayUpgrade = false
  #hasStarted = false
  #head: ParsedResponse | null = null
  #trailers = Fields.none
  #informationals = 0
  #remaining = 0
  #headSection: SectionBuffer | null = null
  #chunked: ChunkedDecoder | null = null

  constructor (limits: Partial<ResponseLimits> = {}) {
    this.#limits = { ...responseLimits, ...limits }
  }

  /** True once a byte of the response came: before that, the backend may not have seen the request. */
  get hasStarted (): boolean {
    return this.#hasStarted
  }

  /** The final head, or that of a 101, once it was handed out. */
  get head (): ParsedResponse | null {
    return this.#head
  }

  /** Of the response that is whole, unfiltered. */
  get trailers (): Fields {
    return this.#trailers
  }

  /** True once the response is whole. */
  get isComplete (): boolean {
    return this.#state === COMPLETE
  }

  /** True once a 101 gave the connection away. */
  get isTunnel (): boolean {
    return this.#state === TUNNEL
  }

  /**
   * A request was sent; what comes next is its response. `upgrade` says that it asked for another protocol.
   * Not to be called from a handler: whether a connection is clean shows only when `execute` returned.
   */
  begin (method: string, handler: ResponseHandler, upgrade: boolean): void {
    if (this.#isRunning || (this.#state !== IDLE && this.#state !== COMPLETE)) {
      throw new Error('another response is not read to its end')
    }
    this.#handler = handler
    this.#state = HEAD
    this.#isHeadRequest = method === 'HEAD'
    this.#mayUpgrade = upgrade
    this.#hasStarted = false
    this.#head = null
    this.#informationals = 0
    this.#trailers = Fields.none
  }

  /**
   * Returns how many bytes were consumed. Fewer than there are: the response is complete and the rest does not belong to
   * it (the backend sent what nobody asked for; the connection must not be used again), or the rest is the tunnel's.
   * Once it has thrown, it consumes nothing any more.
   */
  execute (chunk: Buffer): number {
    if (this.#isRunning) throw new Error('execute is called from within a handler')
    this.#isRunning = true
    try {
      return this.#run(chunk)
    } catch (error) {
      this.#fail()
      throw error
    } finally {
      this.#isRunning = false
    }
  }

  /** The backend ended the connection. Throws if the response was still to go on. */
  finish (): void {
    const section = this.#headSection
    switch (this.#state) {
      case CLOSE:
        this.#complete(Fields.none)
        break
      case HEAD:
      case LENGTH:
      case CHUNKED:
        this.#fail()
        // That a head cannot go on like this says more than that it does not go on.
        if (section !== null) headScanner.scan(section.bytes, 0, section.length, this.#limits.maxHeaders)
        throw new MessageError('truncated')
    }
  }

  /** Nobody wants the rest: no handler is called any more, not even by the `execute` that is under way. */
  abandon (): void {
    this.#fail()
  }

  #run (chunk: Buffer): number {
    const end = chunk.length
    let at = 0
    while (at < end) {
      switch (this.#state) {
        case HEAD:
          this.#hasStarted = true
          at = this.#readHead(chunk, at)
          break
        case LENGTH: {
          const next = Math.min(end, at + this.#remaining)
          this.#remaining -= next - at
          this.#handler.onBody(at === 0 && next === end ? chunk : chunk.subarray(at, next))
          at = next
          if (this.#remaining === 0 && this.#state === LENGTH) this.#complete(Fields.none)
          break
        }
        case CHUNKED:
          at = this.#readChunked(chunk, at)
          break
        case CLOSE:
          this.#handler.onBody(at === 0 ? chunk : chunk.subarray(at))
          return end
        default:
          return at
      }
    }
    return at
  }

  /** Mostly the head is whole in its first chunk, and nothing is copied. */
  #readHead (chunk: Buffer, at: number): number {
    const { maxHeadBytes, maxHeaders } = this.#limits
    if (this.#headSection === null) {
      const end = headScanner.scan(chunk, at, Math.min(chunk.length, at + maxHeadBytes), maxHeaders)
      if (end !== INCOMPLETE) {
        this.#acceptHead(headScanner.build(chunk, at, end, this.#isHeadRequest))
        return end
      }
      this.#headSection = new SectionBuffer(maxHeadBytes)
    }
    const section = this.#headSection
    const end = section.take(chunk, at)
    if (section.isOpen) return end

    const sectionEnd = headScanner.scan(section.bytes, 0, section.length, maxHeaders)
    if (sectionEnd === INCOMPLETE) throw new MessageError('head-too-large')
    this.#headSection = null
    this.#acceptHead(headScanner.build(section.bytes, 0, sectionEnd, this.#isHeadRequest))
    return end
  }

  #acceptHead (head: ParsedResponse): void {
    const { statusCode } = head
    if (statusCode < 200 && statusCode !== 101) {
      if (++this.#informationals > this.#limits.maxInformational) throw new MessageError('too-many-informational')
      this.#handler.onInformational(head)
      return
    }
    if (statusCode === 101 && !this.#mayUpgrade) throw new MessageError('unexpected-upgrade')
    this.#head = head
    this.#handler.onHead(head)
    if (this.#state !== HEAD) return

    switch (head.framing) {
      case 'none':
        if (statusCode !== 101) return this.#complete(Fields.none)
        this.#state = TUNNEL
        this.#handler = nobody
        break
      case 'length':
        if (head.contentLength === 0) return this.#complete(Fields.none)
        this.#state = LENGTH
        this.#remaining = head.contentLength
        break
      case 'chunked':
        this.#state = CHUNKED
        this.#chunked ??= new ChunkedDecoder(this.#limits)
        this.#chunked.reset()
        break
      case 'close':
        this.#state = CLOSE
        break
      default:
        head.framing satisfies never
    }
  }

  #readChunked (chunk: Buffer, from: number): number {
    const decoder = this.#chunked!
    const at = decoder.advance(chunk, from)
    if (decoder.dataLength > 0) this.#handler.onBody(chunk.subarray(at - decoder.dataLength, at))
    else if (decoder.isDone) this.#complete(decoder.trailers)
    return at
  }

  #complete (trailers: Fields): void {
    const handler = this.#handler
    this.#trailers = trailers
    this.#state = COMPLETE
    this.#handler = nobody
    handler.onComplete(trailers.count === 0 ? null : trailers.toRaw())
  }

  #fail (): void {
    this.#state = FAILED
    this.#handler = nobody
    this.#headSection = null
    this.#chunked = null
  }
}
