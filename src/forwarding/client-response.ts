import type { IncomingMessage, ServerResponse } from 'node:http'
import { readMemory } from '../upstream/dial.ts'
import type { ResponseHead } from '../http1/response-head.ts'
import { asksForClose, hookLines, requestIdIn, requestIdLine } from './hook-headers.ts'
import { closeLine, isOnSocket, maxTextBytes, sendWhole, takeHead } from '../downstream/own-head.ts'
import { clientHead, informationalHead, trailerLines, type HeadFields } from './headers-to-client.ts'

const nothing = Buffer.alloc(0)

/** Pieces of the body beyond this, if they were read at once, are copied together: each costs more than its bytes. */
const maxPieces = 8

export interface ClientResponseOptions {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly requestId: string
  readonly hasHeadersOfHooks: boolean
  /** What a response says about a connection that is kept. */
  readonly keepAliveLines: string
}

/**
 * The response of a backend on its way to the client, in as few writes as that allows: pieces of the body that were read at once
 * go out as one chunk, the head together with the first of them, and the last together with the end.
 */
export class ClientResponse {
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  #requestId: string
  /** Headers are set on the response that are not in the backend's head. */
  #hasHeadersOfHooks: boolean
  readonly #keepAliveLines: string
  /** The client waits for word that it may send its body. */
  awaitsContinue: boolean
  /** The head until it is written. */
  #head: ResponseHead | undefined
  /** What of the body was read at once and is not written yet: the first piece, and those after it. */
  #held: Buffer | undefined
  #more: Buffer[] | undefined
  #heldBytes = 0
  /** The body goes to the client in chunks of this class's. */
  #isChunked = false
  /** Pieces of the body on their way to the client, the oldest first. */
  #leaving: Buffer[] | undefined
  #onWritten: ((error?: Error | null) => void) | undefined

  constructor ({ req, res, requestId, hasHeadersOfHooks, keepAliveLines }: ClientResponseOptions) {
    this.#req = req
    this.#res = res
    this.#requestId = requestId
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
  headIsSettled ({ rawHeaders }: HeadFields): void {
    this.#requestId = requestIdIn(rawHeaders) ?? this.#requestId
    this.#hasHeadersOfHooks = false
    if (asksForClose(this.#res)) this.#res.shouldKeepAlive = false
  }

  /** The head of a response that takes the connection out of HTTP. */
  switchingHead (head: HeadFields): string {
    return informationalHead(head, this.requestIdLine() + (this.#hasHeadersOfHooks ? hookLines(this.#res, head.rawHeaders, false) : ''))
  }

  /** The line that names the request; none where a hook has set one. */
  requestIdLine (): string {
    return this.#hasHeadersOfHooks ? requestIdLine(this.#res, this.#requestId) : `X-Request-Id: ${this.#requestId}\r\n`
  }

  /** A piece of the body; `flush` or `end` sends it. */
  write (bytes: Buffer): void {
    this.#heldBytes += bytes.length
    if (this.#held === undefined) this.#held = bytes
    else (this.#more ??= []).push(bytes)
  }

  /** Sends what is held back, since nothing else will come soon. Returns false when more should wait for the client's 'drain'. */
  flush (): boolean {
    if (this.#head !== undefined) {
      this.#writeHead(this.#head)
      // The client has the head as soon as the gateway, even if the body is long in coming. Not by flushHeaders, which
      // sends latin1 as UTF-8.
      if (this.#held === undefined) this.#res.write(nothing)
    }
    return this.#held === undefined || this.#send()
  }

  /** It is whole. */
  end (rawTrailers: string[] | null): void {
    const res = this.#res
    const head = this.#head
    if (rawTrailers !== null && !isOnSocket(res)) res.addTrailers(Object.fromEntries(pairsOf(rawTrailers)))
    if (head !== undefined && this.#heldBytes <= maxTextBytes) {
      const text = this.#headText(head)
      sendWhole(res, head.statusCode, text, this.#isChunked ? this.#takeChunk() + lastChunk(rawTrailers) : this.#takeText())
      return
    }
    if (head !== undefined) this.#writeHead(head)
    if (this.#isChunked) {
      if (this.#held !== undefined) this.#send()
      res.end(lastChunk(rawTrailers), 'latin1')
    } else if (this.#more !== undefined || this.#held === undefined) {
      if (this.#held !== undefined) this.#send()
      res.end()
    } else {
      res.end(this.#held, this.#whenWritten(this.#held))
    }
  }

  /** The backend has failed: what has not been sent never will be. */
  drop (): void {
    this.#head = undefined
    this.#forgetHeld()
  }

  #forgetHeld (): void {
    this.#held = undefined
    this.#more = undefined
    this.#heldBytes = 0
  }

  /** Sends what is held, which is something, as one chunk where the body is chunked. */
  #send (): boolean {
    const res = this.#res
    if (!this.#isChunked) return this.#sendPieces()
    if (this.#heldBytes <= maxTextBytes) return res.write(this.#takeChunk(), 'latin1')
    res.write(`${this.#heldBytes.toString(16)}\r\n`, 'latin1')
    this.#sendPieces()
    return res.write('\r\n', 'latin1')
  }

  #sendPieces (): boolean {
    const more = this.#more
    const first = more !== undefined && more.length >= maxPieces ? this.#joined() : this.#held as Buffer
    this.#forgetHeld()
    let canTakeMore = this.#res.write(first, this.#whenWritten(first))
    if (more !== undefined && more.length < maxPieces) for (const piece of more) canTakeMore = this.#res.write(piece, this.#whenWritten(piece))
    return canTakeMore
  }

  #takeChunk (): string {
    const bytes = this.#heldBytes
    return bytes === 0 ? '' : `${bytes.toString(16)}\r\n${this.#takeText()}\r\n`
  }

  /** What is held, as text; its memory can be used again. */
  #takeText (): string {
    const held = this.#more === undefined ? this.#held : this.#joined()
    const text = held === undefined ? '' : held.toString('latin1')
    if (held !== undefined && this.#more === undefined) readMemory.giveBack(held)
    this.#forgetHeld()
    return text
  }

  /** All that is held, copied together; the pieces lie in one piece of memory, which can be used again. */
  #joined (): Buffer {
    const first = this.#held as Buffer
    const whole = Buffer.concat([first, ...this.#more ?? []], this.#heldBytes)
    readMemory.giveBack(first)
    return whole
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
      requestIdLine: this.requestIdLine(),
      connectionLines: res.shouldKeepAlive ? this.#keepAliveLines : closeLine,
      hookLines: this.#hasHeadersOfHooks ? hookLines(res, rawHeaders, this.#isChunked) : ''
    })
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
