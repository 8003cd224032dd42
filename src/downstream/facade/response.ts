import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { nextTick } from 'node:process'
import type { OwnerExchange } from '../owner-exchange.ts'
import type { FacadeRequest } from './request.ts'
import { dateLine } from './date-line.ts'
import { earlyHints, processing, wordToContinue } from './informational.ts'
import { alreadyEnded, destroyed, headersSent, invalidReason, invalidStatus } from './node-errors.ts'
import { OutgoingMessage } from './outgoing-message.ts'
import { lengthOf, type GivenHeaders, type ResponseHeaders } from './response-headers.ts'
import type { ResponseSide } from './response-side.ts'

/** How many times in a row written pieces go out without a turn of the event loop. */
const flushesInTurn = 16

type Done = (error?: Error | null) => void

/** A response as node:http shows one, to be answered by owners' hooks, routes and plugins. */
export class FacadeResponse extends OutgoingMessage {
  readonly req: FacadeRequest
  statusMessage: string | undefined = undefined
  sendDate = true
  readonly #side: ResponseSide
  #statusCode = 200
  /** The field lines, once the head is settled. */
  #lines: string | undefined
  #hasBegun = false
  /** What Content-Length says; -1 without one. */
  #length = -1
  /** The body by `end`, where that is all of it; -1 before. */
  #wholeBytes = -1
  /** What is called when the written pieces may be followed by more. */
  #onFlushed: Done | undefined
  #onFinished: Done | undefined
  #flushes = 0

  constructor (side: ResponseSide, req: FacadeRequest) {
    super()
    this.#side = side
    this.req = req
  }

  get statusCode (): number {
    return this.#side.isHandedOver ? this.#side.exchange.statusCode ?? this.#statusCode : this.#statusCode
  }

  set statusCode (statusCode: number) {
    this.#statusCode = statusCode
  }

  get headersSent (): boolean {
    return this.#lines !== undefined || this.#side.exchange.hasBegun
  }

  get finished (): boolean {
    return this.writableEnded
  }

  get socket (): Socket | null {
    return this.#side.exchange.isEnded ? null : this.#side.exchange.socket
  }

  get connection (): Socket | null {
    return this.socket
  }

  /** Whether the connection is kept after this response. */
  get shouldKeepAlive (): boolean {
    return !this.#side.exchange.isLast
  }

  set shouldKeepAlive (isKept: boolean) {
    this.#side.exchange.isLast = !isKept
  }

  /** Settles the head, which goes out with the first piece of the body. Throws where it is settled, or cannot be sent. */
  writeHead (statusCode: number, reasonOrHeaders?: string | GivenHeaders | null, headers?: GivenHeaders | null): this {
    if (this.headersSent) throw headersSent('write')
    const code = statusCode | 0
    if (code < 100 || code > 999) throw invalidStatus(statusCode)
    const given = typeof reasonOrHeaders === 'string' ? headers : headers ?? reasonOrHeaders
    if (given != null) this.setAll(given)
    const reason = typeof reasonOrHeaders === 'string' ? reasonOrHeaders : this.statusMessage ?? STATUS_CODES[code] ?? 'unknown'
    if (/[^\t -~\x80-\xff]/.test(reason)) throw invalidReason()
    this.#statusCode = code
    this.statusMessage = reason
    this.#lines = this.#settledLines(this.headers)
    return this
  }

  flushHeaders (): void {
    if (this.#hasBegun || this.#isRefused()) return
    this.#begin()
    this.#side.exchange.flush()
  }

  writeContinue (callback?: () => void): void {
    this.#inform(wordToContinue, callback)
  }

  writeProcessing (callback?: () => void): void {
    this.#inform(processing, callback)
  }

  writeEarlyHints (hints: Readonly<Record<string, string | string[]>>, callback?: () => void): void {
    const head = earlyHints(hints)
    if (head !== undefined) this.#inform(head, callback)
  }

  /** As of the request. */
  setTimeout (timeoutMs: number, callback?: () => void): this {
    if (callback !== undefined) this.on('timeout', callback)
    this.#side.setTimeout(timeoutMs)
    return this
  }

  override write (chunk: unknown, encoding?: BufferEncoding | Done, callback?: Done): boolean {
    if (!this.#isRefused()) return super.write(chunk, encoding as BufferEncoding, callback)
    this.#refuse(typeof encoding === 'function' ? encoding : callback)
    return false
  }

  override end (chunk?: unknown, encoding?: BufferEncoding | (() => void), callback?: () => void): this {
    const done = [chunk, encoding, callback].find((argument) => typeof argument === 'function') as Done | undefined
    if (this.#isRefused()) {
      if (done !== undefined) nextTick(done, alreadyEnded())
      return this
    }
    const body = typeof chunk === 'function' ? undefined : chunk
    if (!this.#hasBegun && this.writableLength === 0) this.#wholeBytes = byteLength(body, encoding)
    if (done !== undefined) this.once('finish', done)
    super.end(body === '' ? undefined : body, typeof encoding === 'string' ? encoding : 'utf8')
    return this
  }

  override _write (bytes: Buffer, _encoding: BufferEncoding, callback: Done): void {
    const { exchange } = this.#side
    if (!this.#hasBegun) this.#begin()
    if (!this.#mayHaveBody()) return callback()
    if (bytes.length > 0) exchange.write(bytes)
    if (this.#wholeBytes !== -1) return callback()
    // What is written until then goes out together.
    this.#onFlushed = callback
    // Owners who write in a row must leave the event loop to others, and hear that the client has left.
    if (++this.#flushes % flushesInTurn === 0) setImmediate(flush, this)
    else nextTick(flush, this)
  }

  override _writev (chunks: ReadonlyArray<{ chunk: Buffer }>, callback: Done): void {
    const pieces = chunks.map(({ chunk }) => chunk)
    this._write(pieces.length === 1 ? pieces[0] as Buffer : Buffer.concat(pieces), 'utf8', callback)
  }

  override _final (callback: Done): void {
    if (this.#side.isHandedOver) return callback()
    if (!this.#hasBegun) this.#begin()
    this.#onFinished = callback
    this.#side.finish(this.trailers)
  }

  override _destroy (_error: Error | null, callback: Done): void {
    if (!this.#side.exchange.isEnded) this.#side.cut()
    // As of node:http, where only 'close' tells of it, and those who wait for a piece of theirs get an error.
    callback()
    const onFlushed = this.#onFlushed
    this.#onFlushed = undefined
    onFlushed?.(destroyed())
  }

  /** Sends what was written. */
  flush (): void {
    // Else the end of the exchange tells those who wait.
    if (!this.#side.exchange.isEnded && this.#side.exchange.flush()) this.drained()
  }

  /** The client has taken in what was written. */
  drained (): void {
    const callback = this.#onFlushed
    this.#onFlushed = undefined
    callback?.()
  }

  /** The exchange is over. */
  settle (isWhole: boolean): void {
    // Both emit 'finish' and 'close'.
    if (isWhole && this.#side.isHandedOver) super.end()
    else if (isWhole && this.#onFinished !== undefined) this.#onFinished()
    else this.destroy()
  }

  /** The head goes out, if it is settled; the gateway sees then that it has begun. */
  beginIfSettled (): void {
    if (this.#lines !== undefined && !this.#hasBegun) this.#begin()
  }

  #settledLines (headers: ResponseHeaders | undefined): string {
    if (headers === undefined) return this.sendDate ? dateLine() : ''
    const length = headers.get('content-length')
    if (length !== undefined && !headers.has('transfer-encoding')) this.#length = lengthOf(length)
    // RFC 9110 section 8.6 wants none in a 204, but @fastify/cors says 0, for browsers that wait for a body else.
    if (this.#statusCode === 204 && this.#length > 0) this.#length = -1
    if (/\bclose\b/i.test(String(headers.get('connection') ?? ''))) this.#side.exchange.isLast = true
    return headers.lines() + (this.sendDate && !headers.has('date') ? dateLine() : '')
  }

  /** Framing as by node:http: the length where it is known, else chunks, or the end of the connection. */
  #begin (): void {
    // By its name, since plugins put their own in its place to see the head.
    if (this.#lines === undefined) this.writeHead(this.#statusCode)
    this.#hasBegun = true
    const mayHaveBody = this.#mayHaveBody()
    if (mayHaveBody && this.#length === -1 && this.#wholeBytes !== -1 && this.trailers === '') this.#length = this.#wholeBytes
    const lines = this.#length === -1 ? this.#lines as string : `${this.#lines}Content-Length: ${this.#length}\r\n`
    this.#side.exchange.begin(this.#statusCode, this.statusMessage as string, lines, mayHaveBody ? this.#length : 0)
  }

  #mayHaveBody (): boolean {
    const statusCode = this.#statusCode
    return this.req.method !== 'HEAD' && statusCode >= 200 && statusCode !== 204 && statusCode !== 304
  }

  #inform (head: Parameters<OwnerExchange['inform']>[0], callback: (() => void) | undefined): void {
    const { exchange } = this.#side
    if (!exchange.hasBegun && !exchange.isEnded) exchange.inform(head)
    if (callback !== undefined) nextTick(callback)
  }

  #isRefused (): boolean {
    return this.#side.isHandedOver || this.writableEnded
  }

  #refuse (callback: Done | undefined): void {
    const error = alreadyEnded()
    nextTick(() => {
      callback?.(error)
      if (this.listenerCount('error') > 0) this.emit('error', error)
    })
  }
}

function flush (response: FacadeResponse): void {
  response.flush()
}

function byteLength (body: unknown, encoding: unknown): number {
  if (body === undefined || body === null) return 0
  if (typeof body === 'string') return Buffer.byteLength(body, typeof encoding === 'string' ? encoding as BufferEncoding : 'utf8')
  return body instanceof Uint8Array ? body.byteLength : -1
}
