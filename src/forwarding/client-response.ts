import type { IncomingMessage, ServerResponse } from 'node:http'
import { readMemory } from '../upstream/dial.ts'
import type { ResponseHead } from '../upstream/response-head.ts'
import { informationalHead, passableTrailers, responseHeaders, wholeHead } from './response-head.ts'
import { canSendWhole, sendWhole } from './whole-response.ts'

interface ServerResponseOfNode extends ServerResponse {
  /** Node ends the connection behind an answer to `Expect: 100-continue` unless this is set; private to Node. */
  _sent100?: boolean
}

const nothing = Buffer.alloc(0)

/**
 * The response of a backend on its way to the client, in as few writes as that allows: the head goes out together with
 * the first piece of the body, and the last piece together with the end.
 */
export class ClientResponse {
  readonly #req: IncomingMessage
  readonly #res: ServerResponseOfNode
  readonly #hasHeadersOfHooks: boolean
  /** The client waits for word that it may send its body. */
  awaitsContinue: boolean
  /** The head until it is written, and the last piece of the body that came. */
  #head: ResponseHead | undefined
  #held: Buffer | undefined
  #canHaveTrailers = false
  /** Pieces of the body on their way to the client, the oldest first. */
  #leaving: Buffer[] | undefined
  #onWritten: ((error?: Error | null) => void) | undefined

  constructor (req: IncomingMessage, res: ServerResponse, hasHeadersOfHooks: boolean) {
    this.#req = req
    this.#res = res
    this.#hasHeadersOfHooks = hasHeadersOfHooks
    this.awaitsContinue = req.headers.expect !== undefined
  }

  /** Something of it has been sent, or waits to be. */
  get hasBegun (): boolean {
    return this.#head !== undefined || this.#res.headersSent
  }

  /** The client has been told to send its body, or sends it unasked: behind that comes its next request. */
  awaitNoMore (): void {
    this.awaitsContinue = false
    this.#res._sent100 = true
  }

  informational (head: ResponseHead): void {
    if (head.statusCode === 100) {
      if (!this.awaitsContinue) return
      this.awaitNoMore()
    }
    if (this.#req.httpVersionMinor === 0 || this.#res.headersSent) return
    this.#res.socket?.write(informationalHead(head), 'latin1')
  }

  begin (head: ResponseHead): void {
    this.#head = head
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

  /** It is whole. `keepAliveLines` is what a response says about a connection that is kept. */
  end (rawTrailers: string[] | null, keepAliveLines: string): void {
    const res = this.#res
    const head = this.#head
    const body = this.#held
    this.#held = undefined
    if (head !== undefined && this.#isWhole(head, body)) {
      sendWhole(res, head.statusCode, wholeHead(head, keepAliveLines), body)
      if (body !== undefined) readMemory.giveBack(body)
      return
    }
    if (head !== undefined) this.#writeHead(head)
    if (rawTrailers !== null && this.#canHaveTrailers) res.addTrailers(pairsOf(passableTrailers(rawTrailers)))
    if (body === undefined) res.end()
    else res.end(body, this.#whenWritten(body))
  }

  /** The backend has failed: what has not been sent never will be. */
  drop (): void {
    this.#head = undefined
    this.#held = undefined
  }

  /** Whether this is all of the response, in a shape that needs nothing of Node's. */
  #isWhole (head: ResponseHead, body: Buffer | undefined): boolean {
    return (head.framing === 'length' || head.framing === 'none') && !this.awaitsContinue && canSendWhole(this.#res, body, this.#hasHeadersOfHooks)
  }

  #pass (bytes: Buffer): boolean {
    if (this.#head !== undefined) this.#writeHead(this.#head)
    return this.#res.write(bytes, this.#whenWritten(bytes))
  }

  #writeHead (head: ResponseHead): void {
    const res = this.#res
    this.#head = undefined
    // It was not told to go on: what comes next on its connection may be the body or another request.
    if (this.awaitsContinue) res.shouldKeepAlive = false
    this.#canHaveTrailers = (head.framing === 'chunked' || head.framing === 'close') && this.#req.httpVersionMinor === 1
    const headers = responseHeaders(head, this.#canHaveTrailers)
    if (!this.#hasHeadersOfHooks) {
      res.writeHead(head.statusCode, head.reason, headers)
      return
    }
    addHeaders(res, headers)
    res.writeHead(head.statusCode, head.reason)
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

/**
 * Where hooks have set headers, Node's `writeHead` keeps but the last of those that the backend repeats. The backend's win
 * over those of hooks, as in @fastify/reply-from, but for `Set-Cookie`, of which there may be many.
 */
function addHeaders (res: ServerResponse, headers: readonly string[]): void {
  for (const [name] of pairsOf(headers)) if (name.toLowerCase() !== 'set-cookie') res.removeHeader(name)
  for (const [name, value] of pairsOf(headers)) res.appendHeader(name, value)
}

function pairsOf (flat: readonly string[]): Array<[string, string]> {
  const pairs: Array<[string, string]> = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string])
  return pairs
}
