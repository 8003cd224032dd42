import { describePeer } from '../../src/downstream/trust.ts'
import type { ClientConnection, ClientExchange, ClientExchangeListener, ClientTunnel } from '../../src/downstream/client-exchange.ts'
import { Fields } from '../../src/http/fields.ts'
import type { RequestHead, ResponseHead } from '../../src/http/heads.ts'

export interface FakeRequest {
  readonly method?: string
  readonly target?: string
  readonly fields?: readonly string[]
  readonly body?: 'none' | 'length' | 'stream'
  readonly contentLength?: number
  readonly isMalformed?: boolean
}

const nobody: ClientExchangeListener = { onBody () {}, onBodyEnd () {}, onBodyError () {}, onDrain () {}, onEnd () {}, onThrown () {} }

/** An exchange without a client: the test says what the client would, and reads what it would get. */
export class FakeExchange implements ClientExchange {
  readonly connection: ClientConnection = {
    peer: describePeer({ remoteAddress: '127.0.0.1', localPort: 80 }, () => false),
    ends: undefined
  }

  readonly head: RequestHead
  readonly body: 'none' | 'length' | 'stream'
  readonly contentLength: number
  readonly upgrade = undefined
  readonly awaitsContinue = false
  isLast = false
  isEnded = false
  statusCode: number | undefined
  /** What the client has not taken in yet, in bytes. */
  unsentBytes = 0
  listener = nobody
  lines = ''
  received = ''
  trailers: string | undefined
  /** What became of the body, and of the response, in this order. */
  readonly calls: string[] = []
  /** Whether a flush finds room. */
  hasRoom = true

  constructor ({ method = 'GET', target = '/', fields = [], body = 'none', contentLength = -1, isMalformed = false }: FakeRequest = {}) {
    this.head = { method, target, version: '1.1', host: 'h', fields: Fields.from(['Host', 'h', ...fields]), isMalformed }
    this.body = body
    this.contentLength = contentLength
  }

  get hasBegun (): boolean {
    return this.statusCode !== undefined
  }

  readBody (): void { this.calls.push('read') }
  holdBody (): void { this.calls.push('hold') }
  discardBody (): void { this.calls.push('discard') }
  inform ({ statusCode }: ResponseHead): void { this.calls.push(`inform ${statusCode}`) }

  begin (statusCode: number, _reason: string, lines: string): void {
    this.statusCode = statusCode
    this.lines = lines
  }

  write (bytes: Buffer): void { this.received += bytes.toString('latin1') }
  flush (): boolean { return this.hasRoom }

  end (trailers: string): void {
    this.trailers = trailers
    if (this.unsentBytes === 0) this.leave()
  }

  openTunnel (): ClientTunnel { throw new Error('there is none') }

  reset (reason: string): void {
    this.calls.push(`reset ${reason}`)
    this.leave()
  }

  /** The client has its response, or has gone. */
  leave (): void {
    if (this.isEnded) return
    this.isEnded = true
    this.listener.onEnd()
  }
}
