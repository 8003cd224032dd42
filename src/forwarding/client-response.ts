import type { IncomingMessage, ServerResponse } from 'node:http'
import { readMemory } from '../upstream/dial.ts'
import type { ResponseHead } from '../upstream/response-head.ts'
import { asksForClose, hookLines } from './hook-headers.ts'
import { closeLine, isOnSocket, maxTextBytes, sendWhole, takeHead } from './own-head.ts'
import { clientHead, informationalHead, trailerLines } from './response-head.ts'

const nothing = Buffer.alloc(0)

/**
 * The response of a backend on its way to the client, in as few writes as that allows: the head goes out together with
 * the first piece of the body, and the last piece together with the end.
 */
export class ClientResponse {
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  /** Headers are set on the response that are not in the backend's head. */
  #hasHeadersOfHooks: boolean
  /** What a response says about a connection that is kept. */
  readonly #keepAliveLines: string
  /** The client waits for word that it may send its body. */
  awaitsContinue: boolean
  /** The head until it is written, and the last piece of the body that came. */
  #head: ResponseHead | undefined
  #held: Buffer | undefined
  /** The body goes to the client in chunks of this class's. */
  #isChunked = false
  /** Pieces of the body on their way to the client, the oldest first. */
  #leaving: Buffer[] | undefined
  #onWritten: ((error?: Error | null) => void) | undefined

  constructor (req: IncomingMessage, res: ServerResponse, hasHeadersOfHooks: boolean, keepAliveLines: string) {
    this.#req = req
    this.#res = res
    this.#hasHeadersOfHooks = hasHeadersOfHooks
    this.#keepAliveLines = keepAliveLines
    this.awaitsContinue = req.headers.expect !== undefined
  }

  /** Something of it has been sent, or waits to be. */
  get hasBegun (): boolean {
    return this.#head !== undefined || this.#res.headersSent
  }

  /** The client has been told to send its body, or sends it unasked: behind that comes its next request. */
  awaitNoMore (): void {
    this.awaitsContinue = false
  }

  informational (head: ResponseHead): void {
    if (head.statusCode === 100) {
      if (!this.awaitsContinue) return
      this.awaitNoMore()
    }
    if (this.#req.httpVersionMinor === 0 || this.#res.headersSent || !isOnSocket(this.#res)) return
    this.#res.socket?.write(informationalHead(head), 'latin1')
  }

  begin (head: ResponseHead): void {
    this.#head = head
  }

  /** Hooks have settled the head, with all that they want in it. */
  headIsSettled (): void {
    this.#hasHeadersOfHooks = false
    if (asksForClose(this.#res)) this.#res.shouldKeepAlive = false
  }

  /** What hooks have set, as lines, for a head that is sent by somebody else. */
  hookLines (head: ResponseHead): string {
    return this.#hasHeadersOfHooks ? hookLines(this.#res, head.rawHeaders, false) : ''
  }

  /** Returns false when more should wait for the client's 'drain'. */
  write (bytes: Buffer): boolean {
    const canTakeMore = this.#held === undefined || this.#pass(this.#held)
    this.#held = bytes
    return canTakeMore
  }

  /** Sends what is held back, since nothing else will come soon. Returns false when more should wait for the client's 'drain'. */
  flush (): boolean {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) return this.#pass(held)
    // The client has the head as soon as the gateway, even if the body is long in coming. Not by flushHeaders, which
    // sends latin1 as UTF-8.
    if (this.#head !== undefined) {
      this.#writeHead(this.#head)
      this.#res.write(nothing)
    }
    return true
  }

  /** It is whole. */
  end (rawTrailers: string[] | null): void {
    const res = this.#res
    const head = this.#head
    const body = this.#held
    this.#held = undefined
    if (rawTrailers !== null && !isOnSocket(res)) res.addTrailers(Object.fromEntries(pairsOf(rawTrailers)))
    if (head !== undefined) {
      const text = this.#headText(head)
      if (body === undefined || body.length <= maxTextBytes) {
        sendWhole(res, head.statusCode, text, this.#wholeBody(body, rawTrailers))
        if (body !== undefined) readMemory.giveBack(body)
        return
      }
      takeHead(res, head.statusCode, text)
    }
    if (this.#isChunked) {
      if (body !== undefined) this.#writeChunk(body)
      res.end(lastChunk(rawTrailers), 'latin1')
    } else if (body === undefined) res.end()
    else res.end(body, this.#whenWritten(body))
  }

  /** The backend has failed: what has not been sent never will be. */
  drop (): void {
    this.#head = undefined
    this.#held = undefined
  }

  #pass (bytes: Buffer): boolean {
    if (this.#head !== undefined) this.#writeHead(this.#head)
    return this.#isChunked ? this.#writeChunk(bytes) : this.#res.write(bytes, this.#whenWritten(bytes))
  }

  #writeHead (head: ResponseHead): void {
    takeHead(this.#res, head.statusCode, this.#headText(head))
  }

  /** The head as text, after which there is no way back: how the body is framed and whether the connection is kept is decided. */
  #headText (head: ResponseHead): string {
    const res = this.#res
    const { framing, contentLength, rawHeaders } = head
    const isHttp11 = this.#req.httpVersionMinor === 1
    const isDelimited = framing === 'length' || framing === 'none'
    this.#head = undefined
    this.#isChunked = !isDelimited && isHttp11 && isOnSocket(res)
    // Not told to go on, it may send its body next or another request: which cannot be told. And a client of HTTP/1.0 may know
    // no other end of a response than a length or that of the connection.
    if (this.awaitsContinue || (!isHttp11 && (!isDelimited || contentLength === -1))) res.shouldKeepAlive = false
    if (this.#hasHeadersOfHooks && asksForClose(res)) res.shouldKeepAlive = false
    return clientHead(head, {
      isChunked: this.#isChunked,
      connectionLines: res.shouldKeepAlive ? this.#keepAliveLines : closeLine,
      hookLines: this.#hasHeadersOfHooks ? hookLines(res, rawHeaders, this.#isChunked) : ''
    })
  }

  #wholeBody (body: Buffer | undefined, rawTrailers: string[] | null): string {
    const text = body === undefined ? '' : body.toString('latin1')
    if (!this.#isChunked) return text
    return (body === undefined ? '' : `${body.length.toString(16)}\r\n${text}\r\n`) + lastChunk(rawTrailers)
  }

  #writeChunk (bytes: Buffer): boolean {
    const res = this.#res
    res.write(`${bytes.length.toString(16)}\r\n`, 'latin1')
    res.write(bytes, this.#whenWritten(bytes))
    return res.write('\r\n', 'latin1')
  }

  /** What to call when `bytes` have left: their memory can be used again, unless the next chunk lies in it too. */
  #whenWritten (bytes: Buffer): (error?: Error | null) => void {
    const leaving = (this.#leaving ??= [])
    leaving.push(bytes)
    return (this.#onWritten ??= (error) => {
      const left = leaving.shift()
      if (left !== undefined && error == null && left.buffer !== leaving[0]?.buffer) readMemory.giveBack(left)
    })
  }
}

function lastChunk (rawTrailers: string[] | null): string {
  return `0\r\n${rawTrailers === null ? '' : trailerLines(rawTrailers)}\r\n`
}

function pairsOf (rawTrailers: readonly string[]): Array<[string, string]> {
  return rawTrailers.flatMap((name, i): Array<[string, string]> => i % 2 === 0 ? [[name, rawTrailers[i + 1] as string]] : [])
}
