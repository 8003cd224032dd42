import type { Clock } from '../base/clock.ts'
import type { ClientExchange, ClientTunnel } from '../downstream/client-exchange.ts'
import type { Fields } from '../http/fields.ts'
import type { ResponseHead } from '../http/heads.ts'
import { editedHead, type HeaderChanges } from './head-edits.ts'
import type { HeadHooks, SettledHead } from './head-hooks.ts'
import { HeldResponse } from './held-response.ts'
import { asksForClose, hookLines, requestIdIn, type HookHeaders } from './hook-headers.ts'
import { linesToClient, switchingLines, trailerLines } from './headers-to-client.ts'
import { sendAnswer, type OwnAnswer } from './own-answer.ts'
import { RestWatch } from './rest-watch.ts'

export interface ResponseUser {
  /** The head of a 101 can be sent: the client speaks another protocol from then on. */
  onSwitched (tunnel: ClientTunnel): void
  onTunnelBytes (bytes: Buffer): void
  onTunnelEnd (): void
  /** Hooks are through with a head that was held, and what was kept goes on as if it came now. */
  onReleased (): void
  onThrown (error: unknown): void
}

export interface ClientResponseOptions {
  readonly requestId: string
  /** What hooks have set before, if anything. */
  readonly hookHeaders: HookHeaders | undefined
  readonly headHooks: HeadHooks | undefined
  /** What the route changes in the head. */
  readonly changes: HeaderChanges | undefined
}

/** Throws where a hook of the owner's has written to the response, and has not kept the request to itself: a second head would be body. */
export function assertNotBegun (client: ClientExchange): void {
  if (client.hasBegun) throw new Error('the response has already started: a hook that writes to reply.raw must call reply.hijack()')
}

/**
 * The response of a backend, or the gateway's own, on its way to the client: its head by the header policy, and past the owner's
 * hooks. Nothing is given away before `flush` or `end`: of a response that turns out to be none by then, the client sees nothing.
 */
export class ClientResponse {
  readonly #client: ClientExchange
  readonly #user: ResponseUser
  #requestId: string
  #hookHeaders: HookHeaders | undefined
  /** Until they are run. */
  #headHooks: HeadHooks | undefined
  /** Until hooks have seen the head as the route changes it. */
  #changes: HeaderChanges | undefined
  /** It waits for them. */
  #held: HeldResponse | undefined
  /** The head until it is given away, with the field lines that are added to it, each with its end. */
  #head: ResponseHead | undefined
  #bodyLength = 0
  #added = ''
  /** What of the body is not given away yet: the first piece, and those after it. */
  #piece: Buffer | undefined
  #more: Buffer[] | undefined
  #isBegun = false
  readonly #clock: Clock
  readonly #idleMs: number
  #rest: RestWatch | undefined

  /** `idleMs`: how long the client may take in nothing of a response that is whole. */
  constructor (client: ClientExchange, user: ResponseUser, options: ClientResponseOptions, clock: Clock, idleMs: number) {
    this.#client = client
    this.#user = user
    this.#requestId = options.requestId
    this.#hookHeaders = options.hookHeaders
    this.#headHooks = options.headHooks
    this.#changes = options.changes
    this.#clock = clock
    this.#idleMs = idleMs
  }

  /** Its head has been given away, so that no other can be. */
  get isBegun (): boolean {
    return this.#isBegun
  }

  /** There is a head, and no hook holds it. */
  get hasHead (): boolean {
    return this.#head !== undefined || this.#isBegun
  }

  inform (head: ResponseHead): void {
    if (!this.#client.hasBegun) this.#client.inform(head)
  }

  /** Takes the head. Returns false when hooks hold it: until `onReleased`, the backend should say no more. */
  begin (head: ResponseHead, bodyLength: number, added: string): boolean {
    const hooks = this.#takeHooks()
    if (hooks === undefined) {
      this.#take(head, bodyLength, added)
      return true
    }
    this.#held = new HeldResponse()
    this.#held.run(hooks, editedHead(head, this.#changes, added), (held, settled) => {
      this.#held = undefined
      this.#settle(settled)
      this.#take(settled, bodyLength, '')
      this.#release(held)
    }, (thrown) => { this.#user.onThrown(thrown) })
    return this.#held === undefined
  }

  /** Answers in the gateway's own name. `isPlain`: without hooks, one of which has failed. */
  answer (answer: OwnAnswer, isPlain: boolean): void {
    assertNotBegun(this.#client)
    const hooks = isPlain ? undefined : this.#takeHooks()
    if (hooks === undefined) return this.#send(answer)
    this.#held = new HeldResponse()
    this.#held.run(hooks, editedHead(answer.head, this.#changes, ''), (_held, head) => {
      this.#held = undefined
      this.#settle(head)
      this.#send({ head, body: answer.body })
    }, (thrown) => { this.#user.onThrown(thrown) })
  }

  /** A piece of the body; `flush` or `end` sends it. */
  write (bytes: Buffer): void {
    if (this.#held !== undefined) this.#held.pieces.push(bytes)
    else if (this.#isBegun) this.#client.write(bytes)
    else if (this.#piece === undefined) this.#piece = bytes
    else (this.#more ??= []).push(bytes)
  }

  /** Sends what is there. Returns false when more should wait for the client's `onDrain`. */
  flush (): boolean {
    if (this.#head !== undefined) this.#giveAway(this.#head)
    return this.#client.flush()
  }

  /** It is whole. */
  end (trailers: Fields): void {
    if (this.#held !== undefined) {
      this.#held.trailers = trailers
      return
    }
    if (this.#head !== undefined) this.#giveAway(this.#head)
    this.#client.end(trailers.count === 0 ? '' : trailerLines(trailers))
    this.#watchRest()
  }

  /** Keeps what comes of a tunnel that hooks still hold; undefined: its end. Returns false where they do not. */
  keepOfTunnel (bytes: Buffer | undefined): boolean {
    if (this.#held === undefined) return false
    if (bytes === undefined) this.#held.isTunnelEnded = true
    else this.#held.pieces.push(bytes)
    return true
  }

  /** What is not given away never will be. */
  drop (): void {
    this.#rest?.end()
    this.#held?.drop()
    this.#held = undefined
    this.#head = undefined
    this.#piece = undefined
    this.#more = undefined
  }

  /** Hooks run once for a request. */
  #takeHooks (): HeadHooks | undefined {
    const hooks = this.#client.hasBegun ? undefined : this.#headHooks
    this.#headHooks = undefined
    return hooks
  }

  /** Hooks have settled the head, with all that they want in it. */
  #settle ({ fields, isLast }: SettledHead): void {
    this.#requestId = requestIdIn(fields) ?? this.#requestId
    this.#hookHeaders = undefined
    this.#changes = undefined
    if (isLast) this.#client.isLast = true
  }

  #take (head: ResponseHead, bodyLength: number, added: string): void {
    assertNotBegun(this.#client)
    if (head.statusCode === 101) {
      this.#isBegun = true
      const lines = switchingLines(head, this.#requestIdLine() + this.#hookLines(head, false) + added, this.#changes)
      return this.#user.onSwitched(this.#client.openTunnel(head.reason, lines))
    }
    this.#head = head
    this.#bodyLength = bodyLength
    this.#added = added
  }

  #giveAway (head: ResponseHead): void {
    const client = this.#client
    const bodyLength = this.#bodyLength
    assertNotBegun(client)
    this.#head = undefined
    this.#isBegun = true
    this.#noteClose()
    const mayHaveTrailers = bodyLength === -1 && client.head.version !== '1.0'
    const ofHooks = this.#hookLines(head, mayHaveTrailers) + this.#added
    const lines = linesToClient(head, { mayHaveTrailers, requestIdLine: this.#requestIdLine(), hookLines: ofHooks, changes: this.#changes })
    client.begin(head.statusCode, head.reason, lines, bodyLength)
    if (this.#piece !== undefined) client.write(this.#piece)
    if (this.#more !== undefined) for (const piece of this.#more) client.write(piece)
    this.#piece = undefined
    this.#more = undefined
  }

  #send (answer: OwnAnswer): void {
    this.#isBegun = true
    this.#noteClose()
    const hookLines = this.#hookLines(answer.head, false)
    sendAnswer(this.#client, answer, { requestIdLine: this.#requestIdLine(), hookLines, changes: this.#changes })
    this.#watchRest()
  }

  /** What is left waits for the client alone, without a backend whose connection has a limit. */
  #watchRest (): void {
    if (this.#client.unsentBytes > 0) this.#rest = new RestWatch(this.#client, this.#clock, this.#idleMs)
  }

  #release ({ pieces, isTunnelEnded, trailers }: HeldResponse): void {
    const isTunnel = this.#isBegun
    for (const bytes of pieces) if (isTunnel) this.#user.onTunnelBytes(bytes); else this.write(bytes)
    if (isTunnelEnded) this.#user.onTunnelEnd()
    if (trailers !== undefined) this.end(trailers)
    this.#user.onReleased()
  }

  #noteClose (): void {
    if (this.#hookHeaders !== undefined && asksForClose(this.#hookHeaders)) this.#client.isLast = true
  }

  /** None where a hook has set one. */
  #requestIdLine (): string {
    return this.#hookHeaders?.['x-request-id'] === undefined ? `X-Request-Id: ${this.#requestId}\r\n` : ''
  }

  #hookLines ({ fields }: ResponseHead, mayHaveTrailers: boolean): string {
    return this.#hookHeaders === undefined ? '' : hookLines(this.#hookHeaders, fields, mayHaveTrailers)
  }
}
