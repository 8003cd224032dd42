import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { Fields } from '../../http/fields.ts'
import type { OwnerExchange } from '../owner-exchange.ts'
import { distinctHeadersOf, headersOf } from './request-headers.ts'

/** What a request needs of its exchange. */
export interface RequestSide {
  readonly exchange: OwnerExchange
  readBody (): void
  holdBody (): void
  /** The owner wants neither the request nor its answer any more. */
  cut (): void
  setTimeout (timeoutMs: number): void
}

const noRaw: readonly string[] = []

/**
 * A request as node:http shows one, to be read by owners' hooks, routes and plugins; what is not read is not made. Its body is
 * read from the exchange when somebody reads it here.
 */
export class FacadeRequest extends Readable {
  method: string
  /** The target as the backend gets it; what a hook sets is what it gets. */
  url: string
  /** Fastify's: the url before it was made one for the router. */
  originalUrl: string | undefined = undefined
  aborted = false
  /** The body is whole. */
  complete: boolean
  readonly statusCode = null
  readonly statusMessage = null
  readonly #side: RequestSide
  #raw: readonly string[] | undefined
  #shownRaw: string[] | undefined
  #headers: IncomingHttpHeaders | undefined
  #distinct: NodeJS.Dict<string[]> | undefined
  #trailers: Fields | undefined
  /** The exchange is over, or has no more body to give. */
  #isOver = false
  /** Its end is no abortion. */
  #endsQuietly = false

  constructor (side: RequestSide) {
    super()
    const { head, body } = side.exchange
    this.#side = side
    this.method = head.method
    this.url = head.target
    this.complete = body === 'none'
  }

  /** The exchange of a request that is one of these. */
  static sideOf (raw: object): RequestSide | undefined {
    return #side in raw ? (raw as FacadeRequest).#side : undefined
  }

  get httpVersion (): string {
    const { version } = this.#side.exchange.head
    return version === '2' ? '2.0' : version
  }

  get httpVersionMajor (): number {
    return this.#side.exchange.head.version === '2' ? 2 : 1
  }

  get httpVersionMinor (): number {
    return this.#side.exchange.head.version === '1.1' ? 1 : 0
  }

  get headers (): IncomingHttpHeaders {
    return (this.#headers ??= headersOf(this.#fields()))
  }

  set headers (headers: IncomingHttpHeaders) {
    this.#headers = headers
  }

  /** Names and values in turn. What is changed here is what the backend gets. */
  get rawHeaders (): string[] {
    return (this.#shownRaw ??= [...this.#fields()])
  }

  set rawHeaders (raw: string[]) {
    this.#shownRaw = raw
  }

  get headersDistinct (): NodeJS.Dict<string[]> {
    return (this.#distinct ??= distinctHeadersOf(this.#fields()))
  }

  get rawTrailers (): string[] {
    return this.#trailers?.toRaw() ?? []
  }

  get trailers (): NodeJS.Dict<string> {
    return headersOf(this.rawTrailers) as NodeJS.Dict<string>
  }

  get trailersDistinct (): NodeJS.Dict<string[]> {
    return distinctHeadersOf(this.rawTrailers)
  }

  get socket (): Socket {
    return this.#side.exchange.socket
  }

  get connection (): Socket {
    return this.socket
  }

  /** Emits 'timeout' after `timeoutMs` without traffic; the connection is cut then, unless somebody listens. */
  setTimeout (timeoutMs: number, callback?: () => void): this {
    if (callback !== undefined) this.on('timeout', callback)
    this.#side.setTimeout(timeoutMs)
    return this
  }

  override _read (): void {
    if (this.#side.exchange.body === 'none') this.push(null)
    else if (!this.#isOver) this.#side.readBody()
  }

  override _destroy (error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#endsQuietly && !(this.complete && this.readableEnded)) {
      this.aborted = true
      this.emit('aborted')
      if (!this.#isOver) this.#side.cut()
    }
    this.#isOver = true
    // As of node:http: an error that nobody waits for does not end the process.
    callback(this.listenerCount('error') === 0 ? null : error)
  }

  /** A piece of the body. */
  deliver (bytes: Buffer): void {
    if (!this.destroyed && !this.push(bytes)) this.#side.holdBody()
  }

  deliverEnd (trailers: Fields): void {
    this.complete = true
    this.#trailers = trailers
    if (!this.destroyed) this.push(null)
  }

  /** The body is none, or will not be whole; the request can still be answered. */
  fail (error: Error): void {
    this.#isOver = true
    this.#endsQuietly = true
    this.destroy(error)
  }

  /** The exchange is over. */
  settle (isWhole: boolean): void {
    if (this.#isOver || this.destroyed) return
    this.#isOver = true
    const isRead = this.readableFlowing !== null
    if (this.readableEnded && this.complete) this.destroy()
    else if (!isWhole || (isRead && !this.complete)) this.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
    else if (!isRead) {
      // It was not read here, which is no failure for those who wait for its end.
      this.#endsQuietly = true
      if (this.complete && this.listenerCount('end') > 0) this.resume()
      else this.destroy()
      this.complete = true
    }
  }

  /** What hooks have left of the header section: undefined where it is as it came. */
  changedRaw (): readonly string[] | undefined {
    const shown = this.#shownRaw
    const raw = this.#raw ?? noRaw
    if (shown === undefined || (shown.length === raw.length && shown.every((text, i) => text === raw[i]))) return undefined
    return shown
  }

  #fields (): readonly string[] {
    return (this.#raw ??= this.#side.exchange.head.fields.toRaw())
  }
}
