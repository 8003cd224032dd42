import type { IncomingMessage, ServerResponse } from 'node:http'
import { Fields } from '../http/fields.ts'
import type { RequestHead, ResponseHead } from '../http/heads.ts'
import { isMalformed } from './injected-request.ts'
import type { BodyLength, ClientConnection, ClientExchange, ClientExchangeListener, ClientTunnel, ResetReason } from './client-exchange.ts'
import { peerOf, type Trust } from './trust.ts'

const nobody: ClientExchangeListener = {
  onBody () {},
  onBodyEnd () {},
  onBodyError () {},
  onDrain () {},
  onEnd () {},
  onThrown () {}
}

/** The head of a request of `app.inject`, as it is forwarded. */
export function headOf (req: IncomingMessage): RequestHead {
  return {
    method: req.method as string,
    target: req.url as string,
    version: req.httpVersionMinor === 0 ? '1.0' : '1.1',
    host: req.headers.host,
    fields: Fields.from(req.rawHeaders),
    isMalformed: isMalformed(req) || !isFramedForCertain(req)
  }
}

/**
 * A request and a response of node:http's shape as an exchange, for those that come by `app.inject`: there is no connection, so
 * nothing is framed, kept alive, upgraded or told ahead of the response. Its target must be settled: see `settleInjected`.
 */
export class NodeExchange implements ClientExchange {
  readonly connection: ClientConnection
  readonly head: RequestHead
  readonly body: 'none' | 'length' | 'stream'
  readonly contentLength: number
  readonly upgrade: string | undefined
  awaitsContinue = false
  isLast = false
  listener = nobody
  protected readonly req: IncomingMessage
  protected readonly res: ServerResponse
  protected hasHead = false
  #hasEnded = false
  #isReading = false
  #isDiscarded = false
  #pieces: Buffer[] = []

  constructor (req: IncomingMessage, res: ServerResponse, trust: Trust) {
    const { headers, socket } = req
    this.req = req
    this.res = res
    this.connection = { peer: peerOf(socket, trust), ends: undefined }
    const { 'content-length': contentLength, 'transfer-encoding': transferEncoding, 'content-type': contentType } = headers
    this.contentLength = transferEncoding === undefined && contentLength !== undefined ? Number(contentLength) : -1
    // A stream is injected without either.
    const isStream = transferEncoding !== undefined || (contentLength === undefined && contentType !== undefined && !this.isOnConnection)
    this.body = isStream ? 'stream' : this.contentLength > 0 ? 'length' : 'none'
    this.head = headOf(req)
    res.once('close', () => { this.#onClose() })
  }

  /** Whether there are bytes of HTTP between the two ends. */
  protected get isOnConnection (): boolean {
    return false
  }

  get hasBegun (): boolean {
    return this.hasHead || this.res.headersSent
  }

  get statusCode (): number | undefined {
    return this.hasBegun ? this.res.statusCode : undefined
  }

  get isEnded (): boolean {
    return this.#hasEnded || this.res.destroyed
  }

  get unsentBytes (): number {
    return this.isEnded ? 0 : this.res.writableLength
  }

  readBody (): void {
    if (!this.#isReading) this.#listen()
    this.req.resume()
  }

  holdBody (): void {
    if (this.#isReading || this.req.readableFlowing === true) this.req.pause()
  }

  discardBody (): void {
    this.#isDiscarded = true
    this.req.resume()
  }

  inform (_head: ResponseHead): void {}

  begin (statusCode: number, reason: string, lines: string, _length: BodyLength): void {
    const { res } = this
    this.hasHead = true
    for (const name of res.getHeaderNames()) res.removeHeader(name)
    for (const line of lines.split('\r\n')) {
      const colon = line.indexOf(':')
      if (colon !== -1) res.appendHeader(line.slice(0, colon), line.slice(colon + 2))
    }
    res.writeHead(statusCode, reason)
  }

  write (bytes: Buffer): void {
    this.#pieces.push(bytes)
  }

  flush (): boolean {
    const { res } = this
    const pieces = this.#pieces
    this.#pieces = []
    let canTakeMore = true
    for (const bytes of pieces) canTakeMore = res.write(bytes)
    if (!canTakeMore) this.awaitDrain()
    return canTakeMore
  }

  end (trailers: string): void {
    const { res } = this
    this.flush()
    if (trailers !== '') res.addTrailers(Object.fromEntries(trailers.slice(0, -2).split('\r\n').map((line) => line.split(/: (.*)/, 2))))
    res.end()
  }

  openTunnel (_reason: string, _lines: string): ClientTunnel {
    throw new Error('there is no connection that could change its protocol')
  }

  reset (_reason: ResetReason): void {
    this.res.destroy()
  }

  protected awaitDrain (): void {
    this.res.once('drain', () => { this.contain(() => { this.listener.onDrain() }) })
  }

  /** What a listener throws is its own. */
  protected contain (step: () => void): void {
    try {
      step()
    } catch (error) {
      this.listener.onThrown(error)
    }
  }

  #listen (): void {
    const { req } = this
    this.#isReading = true
    req.on('data', (piece: Buffer | string) => {
      this.awaitsContinue = false
      if (this.#isDiscarded) return
      // A hook of the owner's may listen too, and keep what it hears.
      const isShared = typeof piece === 'string' || req.listenerCount('data') > 1
      const bytes = isShared ? Buffer.from(piece as Buffer) : piece
      if (bytes.length > 0) this.contain(() => { this.listener.onBody(bytes) })
    })
    req.once('end', () => {
      if (!this.#isDiscarded) this.contain(() => { this.listener.onBodyEnd(Fields.from(req.rawTrailers ?? [])) })
    })
  }

  /** Some versions of Node tell a response twice. */
  #onClose (): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.contain(() => { this.listener.onEnd() })
  }
}

/** Whether it can be told where the body ends (RFC 9112 section 6.1); a length beyond 2^53 is another number to each that reads it. */
function isFramedForCertain ({ headers, httpVersionMajor, httpVersionMinor }: IncomingMessage): boolean {
  const { 'transfer-encoding': transferEncoding, 'content-length': contentLength } = headers
  if (httpVersionMajor !== 1) return false
  if (transferEncoding === undefined) return contentLength === undefined || Number(contentLength) <= Number.MAX_SAFE_INTEGER
  return transferEncoding.toLowerCase() === 'chunked' && contentLength === undefined && httpVersionMinor === 1
}
