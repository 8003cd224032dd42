import { ChunkLine } from './chunk-line.ts'
import { readFields } from './fields.ts'
import { ResponseError } from './response-error.ts'
import { readHead, type ResponseHead } from './response-head.ts'

/** Called in turn while bytes are parsed. */
export interface ResponseHandler {
  /** A 1xx other than 101. */
  onInformational (head: ResponseHead): void
  /** The final head, or a 101. */
  onHead (head: ResponseHead): void
  /** A piece of the body: a view into the bytes that were given to the parser. */
  onBody (bytes: Buffer): void
  /** Trailers as names and values in turn; null when there were none. */
  onComplete (rawTrailers: string[] | null): void
}

type Step = 'head' | 'length' | 'close' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailers' | 'complete'

const maxHeadBytes = 65_536
const maxFields = 1000
const maxInformational = 64
const endOfHead = Buffer.from('\r\n\r\n', 'latin1')
const prefix = Buffer.from('HTTP/1.', 'latin1')
const lf = 0x0a
const cr = 0x0d
const nothing = Buffer.alloc(0)

/** An incremental parser of HTTP/1.x responses, for one connection: bytes in, calls out, nothing copied but split heads. */
export class ResponseParser {
  readonly #chunkLine = new ChunkLine()
  #handler: ResponseHandler | undefined
  #method = ''
  #isUpgradeAsked = false
  #step: Step = 'complete'
  /** A head, or trailers, that have come in part. */
  #partial: Buffer = nothing
  #memory: Buffer = nothing
  /** Of a body of known length, or of a chunk, what has not come yet; in `chunk-end` what is missing of its CRLF. */
  #left = 0
  #informational = 0
  head: ResponseHead | undefined

  get isComplete (): boolean {
    return this.#step === 'complete'
  }

  /** A request was sent with this method; what comes now is its response. Without `isUpgradeAsked` a 101 is an error. */
  begin (method: string, handler: ResponseHandler, isUpgradeAsked: boolean): void {
    this.#method = method
    this.#handler = handler
    this.#isUpgradeAsked = isUpgradeAsked
    this.#step = 'head'
    this.#partial = nothing
    this.#informational = 0
    this.head = undefined
  }

  /**
   * Parses what has come. Returns how much of it was used: all, unless the response is complete; what lies behind belongs
   * to nobody, or behind a 101 to the tunnel. Throws a `ResponseError`, after which the parser cannot be used any more.
   */
  execute (bytes: Buffer): number {
    let at = 0
    while (at < bytes.length && this.#step !== 'complete') at = this.#advance(bytes, at)
    return at
  }

  /** The connection has ended: a body that runs until then is complete. Throws a `ResponseError` for any other. */
  finish (): void {
    if (this.#step === 'close') this.#complete(null)
    else throw new ResponseError('truncated')
  }

  #advance (bytes: Buffer, at: number): number {
    switch (this.#step) {
      case 'head': return this.#readHead(bytes, at)
      case 'length': return this.#readKnown(bytes, at)
      case 'close': {
        this.#handler?.onBody(at === 0 ? bytes : bytes.subarray(at))
        return bytes.length
      }
      case 'chunk-line': return this.#readChunkLine(bytes, at)
      case 'chunk': return this.#readKnown(bytes, at)
      case 'chunk-end': return this.#readChunkEnd(bytes, at)
      case 'trailers': return this.#readTrailers(bytes, at)
      case 'complete': return at
      default: return this.#step satisfies never
    }
  }

  #readHead (bytes: Buffer, at: number): number {
    refuseOther(this.#partial, bytes, at)
    if (this.#partial.length === 0) {
      // The usual case: all of it has come at once.
      const end = bytes.indexOf(endOfHead, at)
      if (end !== -1) {
        if (end - at > maxHeadBytes) throw new ResponseError('head-too-large')
        this.#takeHead(bytes, at, end + 2)
        return end + 4
      }
    }
    return this.#gather(bytes, at, (gathered, end) => {
      this.#takeHead(gathered, 0, end - 2)
    })
  }

  /** Keeps what has come of a block of lines until its empty line comes, and then hands it to `take`. */
  #gather (bytes: Buffer, at: number, take: (gathered: Buffer, end: number) => void): number {
    const before = this.#partial.length
    this.#keep(bytes.subarray(at))
    const gathered = this.#partial
    const found = gathered.indexOf(endOfHead, Math.max(0, before - 3))
    const end = found === -1 ? gathered.length : found + 4
    refuseBareLineFeed(gathered, Math.max(0, before - 1), end)
    if (end > maxHeadBytes) throw new ResponseError('head-too-large')
    if (found === -1) return bytes.length
    this.#partial = nothing
    take(gathered, end)
    return at + end - before
  }

  /** Appends to what is kept, in memory that doubles, so that a head in many pieces is copied only a few times. */
  #keep (bytes: Buffer): void {
    const before = this.#partial.length
    const length = before + bytes.length
    if (length > this.#memory.length || before === 0) {
      const memory = Buffer.allocUnsafe(Math.max(1024, 2 * length))
      this.#partial.copy(memory)
      this.#memory = memory
    }
    bytes.copy(this.#memory, before)
    this.#partial = this.#memory.subarray(0, length)
  }

  #takeHead (bytes: Buffer, start: number, end: number): void {
    const head = readHead(bytes, start, end, this.#method, maxFields)
    if (head.statusCode < 200 && head.statusCode !== 101) {
      if (++this.#informational > maxInformational) throw new ResponseError('too-many-informational')
      this.#handler?.onInformational(head)
      return
    }
    if (head.statusCode === 101 && !this.#isUpgradeAsked) throw new ResponseError('unexpected-upgrade')
    this.head = head
    this.#step = stepBehind(head)
    this.#left = head.contentLength
    this.#chunkLine.reset()
    this.#handler?.onHead(head)
    if (this.#step === 'complete') this.#complete(null)
  }

  #readKnown (bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    this.#left -= end - at
    this.#handler?.onBody(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
    if (this.#left > 0) return end
    if (this.#step === 'length') {
      this.#complete(null)
    } else {
      this.#step = 'chunk-end'
      this.#left = 2
    }
    return end
  }

  #readChunkLine (bytes: Buffer, at: number): number {
    const end = this.#chunkLine.read(bytes, at)
    if (!this.#chunkLine.isDone) return end
    this.#left = this.#chunkLine.size
    this.#step = this.#left === 0 ? 'trailers' : 'chunk'
    return end
  }

  #readChunkEnd (bytes: Buffer, at: number): number {
    if (bytes[at] !== (this.#left === 2 ? cr : lf)) throw new ResponseError('bad-chunk')
    if (--this.#left === 0) {
      this.#step = 'chunk-line'
      this.#chunkLine.next()
    }
    return at + 1
  }

  #readTrailers (bytes: Buffer, at: number): number {
    // Most bodies have none: the empty line comes at once.
    if (this.#partial.length === 0 && bytes[at] === cr && bytes[at + 1] === lf) {
      this.#complete(null)
      return at + 2
    }
    // With the CRLF of the last chunk before them, trailers end as a head does, the empty ones too.
    if (this.#partial.length === 0) this.#keep(endOfHead.subarray(0, 2))
    return this.#gather(bytes, at, (gathered, end) => {
      const fields = readFields(gathered, 2, end - 2, maxFields)
      this.#complete(fields.length === 0 ? null : fields)
    })
  }

  #complete (rawTrailers: string[] | null): void {
    this.#step = 'complete'
    this.#handler?.onComplete(rawTrailers)
  }
}

function stepBehind ({ framing, contentLength }: ResponseHead): Step {
  if (framing === 'chunked') return 'chunk-line'
  if (framing === 'close') return 'close'
  return framing === 'none' || contentLength === 0 ? 'complete' : 'length'
}

/** What does not begin as HTTP/1.x does is refused at its first byte, not when a head should have ended. */
function refuseOther (partial: Buffer, bytes: Buffer, at: number): void {
  const from = partial.length
  const to = Math.min(prefix.length, from + bytes.length - at)
  for (let i = from; i < to; i++) if (bytes[at + i - from] !== prefix[i]) throw new ResponseError('bad-status-line')
}

function refuseBareLineFeed (bytes: Buffer, start: number, end: number): void {
  for (let at = bytes.indexOf(lf, start); at !== -1 && at < end; at = bytes.indexOf(lf, at + 1)) {
    if (at === 0 || bytes[at - 1] !== cr) throw new ResponseError('bad-header')
  }
}
