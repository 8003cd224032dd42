// INTERIM: today's node:http server as exchanges, with what its public API cannot express. Goes with own-head, turns and upgrades.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError } from '@fastify/error'
import { readMemory } from '../base/read-memory.ts'
import { errorBody } from '../errors.ts'
import { connectionOptions, headerKind } from '../http/header-kind.ts'
import type { ResponseHead } from '../http/heads.ts'
import type { BodyLength, ClientTunnel, ClientTunnelListener } from './client-exchange.ts'
import { NodeExchange } from './node-exchange.ts'
import { closeLine, isOnSocket, maxTextBytes, sendWhole, takeHead } from './own-head.ts'
import type { Trust } from './trust.ts'
import { upgradeOf, type Upgrade } from './upgrades.ts'

export interface ServerExchangeOptions {
  readonly trust: Trust
  readonly keepAliveLines: string
  readonly isEnding: () => boolean
}

/** The exchange of a request that came by today's server, or by `inject`. */
export function exchangeFor (req: IncomingMessage, res: ServerResponse, options: ServerExchangeOptions): NodeExchange {
  return isOnSocket(res) ? new ServerExchange(req, res, options) : new NodeExchange(req, res, options.trust)
}

/** Pieces of the body beyond this, if they were read at once, are copied together: each costs more than its bytes. */
const maxPieces = 8
const nothing = Buffer.alloc(0)
const lingerMs = 30_000

class ServerExchange extends NodeExchange {
  override readonly upgrade: string | undefined
  readonly #options: ServerExchangeOptions
  readonly #upgrade: Upgrade | undefined
  #head: { readonly statusCode: number, readonly reason: string, readonly lines: string, readonly length: BodyLength } | undefined
  #isTunnel = false
  #isChunked = false
  #held: Buffer | undefined
  #more: Buffer[] | undefined
  #heldBytes = 0
  #leaving: Buffer[] | undefined
  #onWritten: ((error?: Error | null) => void) | undefined

  constructor (req: IncomingMessage, res: ServerResponse, options: ServerExchangeOptions) {
    super(req, res, options.trust)
    this.#options = options
    this.#upgrade = upgradeOf(req)
    this.upgrade = this.#upgrade && req.headers.upgrade
    this.awaitsContinue = req.headers.expect !== undefined
  }

  protected override get isOnConnection (): boolean {
    return true
  }

  override get statusCode (): number | undefined {
    return this.#isTunnel ? 101 : this.#head?.statusCode ?? super.statusCode
  }

  override discardBody (): void {
    super.discardBody()
    const { req } = this
    if (req.complete) return
    const { socket } = req
    const timer = setTimeout(() => { socket.destroy() }, lingerMs)
    const stop = (): void => {
      clearTimeout(timer)
      req.off('end', stop)
      socket.off('close', stop)
    }
    req.on('end', stop)
    socket.on('close', stop)
  }

  override inform (head: ResponseHead): void {
    const { req, res } = this
    if (head.statusCode === 100) {
      if (!this.awaitsContinue) return
      this.awaitsContinue = false
    }
    if (req.httpVersionMinor === 0 || this.hasBegun) return
    res.socket?.write(informationalText(head), 'latin1')
  }

  override begin (statusCode: number, reason: string, lines: string, length: BodyLength): void {
    this.hasHead = true
    this.#head = { statusCode, reason, lines, length }
  }

  override write (bytes: Buffer): void {
    this.#heldBytes += bytes.length
    if (this.#held === undefined) this.#held = bytes
    else (this.#more ??= []).push(bytes)
  }

  override flush (): boolean {
    if (this.#head !== undefined) {
      takeHead(this.res, this.#head.statusCode, this.#headText())
      if (this.#held === undefined) this.res.write(nothing)
    }
    const canTakeMore = this.#held === undefined || this.#send()
    if (!canTakeMore) this.awaitDrain()
    return canTakeMore
  }

  override end (trailers: string): void {
    const { res } = this
    if (this.#head !== undefined && this.#heldBytes <= maxTextBytes) {
      const { statusCode } = this.#head
      const text = this.#headText()
      return sendWhole(res, statusCode, text, this.#isChunked ? `${this.#takeChunk()}0\r\n${trailers}\r\n` : this.#takeText())
    }
    if (this.#head !== undefined) takeHead(res, this.#head.statusCode, this.#headText())
    if (this.#isChunked) {
      if (this.#held !== undefined) this.#send()
      res.end(`0\r\n${trailers}\r\n`, 'latin1')
    } else {
      if (this.#held !== undefined) this.#send()
      res.end()
    }
  }

  override openTunnel (reason: string, lines: string): ClientTunnel {
    this.#isTunnel = true
    this.hasHead = true
    return new ServerTunnel(this.#upgrade as Upgrade, `HTTP/1.1 101 ${reason}\r\n${lines}\r\n`, (step) => { this.contain(step) })
  }

  override reset (): void {
    const { req, res } = this
    const { socket } = this.#upgrade ?? req
    if (socket.destroyed) return
    this.#head = undefined
    if (req.httpVersionMinor === 0 && socket.remotePort !== undefined) socket.resetAndDestroy()
    else socket.destroy()
    if (res.socket === null && !this.#isTunnel) res.destroy()
  }

  #headText (): string {
    const { req, res } = this
    const { statusCode, reason, lines, length } = this.#head!
    const isHttp11 = req.httpVersionMinor === 1
    this.#head = undefined
    this.#isChunked = length === -1 && isHttp11
    const isOpenEnded = !isHttp11 && (length === -1 || !/^content-length:/im.test(lines))
    if (this.isLast || this.awaitsContinue || isOpenEnded || this.#options.isEnding()) res.shouldKeepAlive = false
    const connectionLines = res.shouldKeepAlive ? this.#options.keepAliveLines : closeLine
    return `HTTP/1.1 ${statusCode} ${reason}\r\n${lines}${this.#isChunked ? 'Transfer-Encoding: chunked\r\n' : ''}${connectionLines}\r\n`
  }

  #forgetHeld (): void {
    this.#held = undefined
    this.#more = undefined
    this.#heldBytes = 0
  }

  #send (): boolean {
    const { res } = this
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
    let canTakeMore = this.res.write(first, this.#whenWritten(first))
    if (more !== undefined && more.length < maxPieces) for (const piece of more) canTakeMore = this.res.write(piece, this.#whenWritten(piece))
    return canTakeMore
  }

  #takeChunk (): string {
    const bytes = this.#heldBytes
    return bytes === 0 ? '' : `${bytes.toString(16)}\r\n${this.#takeText()}\r\n`
  }

  #takeText (): string {
    const held = this.#more === undefined ? this.#held : this.#joined()
    const text = held === undefined ? '' : held.toString('latin1')
    if (held !== undefined && this.#more === undefined) readMemory.giveBack(held)
    this.#forgetHeld()
    return text
  }

  #joined (): Buffer {
    const first = this.#held as Buffer
    const whole = Buffer.concat([first, ...this.#more ?? []], this.#heldBytes)
    readMemory.giveBack(first)
    return whole
  }

  #whenWritten (bytes: Buffer): (error?: Error | null) => void {
    const leaving = (this.#leaving ??= [])
    leaving.push(bytes)
    return (this.#onWritten ??= (error) => {
      const left = leaving.shift()
      if (left !== undefined && error == null && left.buffer !== leaving[0]?.buffer) readMemory.giveBack(left)
    })
  }
}

class ServerTunnel implements ClientTunnel {
  readonly #upgrade: Upgrade
  readonly #socket: Socket
  readonly #contain: (step: () => void) => void
  #listener: ClientTunnelListener | undefined

  constructor (upgrade: Upgrade, head: string, contain: (step: () => void) => void) {
    this.#upgrade = upgrade
    this.#socket = upgrade.socket
    this.#contain = contain
    this.#socket.setNoDelay(true)
    this.#socket.write(head, 'latin1')
  }

  get listener (): ClientTunnelListener {
    return this.#listener as ClientTunnelListener
  }

  set listener (listener: ClientTunnelListener) {
    const socket = this.#socket
    this.#listener = listener
    socket.on('drain', () => { this.#contain(() => { listener.onDrain() }) })
    socket.on('end', () => { this.#contain(() => { listener.onBytesEnd() }) })
    const { pieces, hasEnded } = this.#upgrade.early.take()
    socket.on('data', (bytes: Buffer) => { this.#contain(() => { listener.onBytes(bytes) }) })
    for (const bytes of pieces) listener.onBytes(bytes)
    if (hasEnded) listener.onBytesEnd()
  }

  write (bytes: Buffer): boolean {
    return this.#socket.write(bytes)
  }

  end (): void {
    this.#socket.end()
  }

  pause (): void {
    this.#socket.pause()
  }

  resume (): void {
    this.#socket.resume()
  }

  destroy (): void {
    this.#socket.destroy()
  }
}

function informationalText ({ statusCode, reason, fields }: ResponseHead): string {
  const raw = fields.toRaw()
  const named = connectionOptions(fields.get('connection') ?? 'close')
  let text = `HTTP/1.1 ${statusCode} ${reason}\r\n`
  for (let i = 0; i < raw.length; i += 2) {
    const kind = headerKind(raw[i] as string)
    if (!['end-to-end', 'trailer', 'via', 'forwarded', 'forwarded-for', 'host', 'explain', 'look-alike'].includes(kind)) continue
    if (named?.has((raw[i] as string).toLowerCase()) !== true) text += `${raw[i]}: ${raw[i + 1]}\r\n`
  }
  return `${text}\r\n`
}

/** Answers a request before anything is known of it but that it is refused. */
export function refuseRequest (res: ServerResponse, error: FastifyError, keepAliveLines: string): void {
  const body = errorBody(error)
  const json = JSON.stringify(body)
  const connectionLines = res.shouldKeepAlive ? keepAliveLines : closeLine
  const lines = `content-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(json)}\r\nDate: ${new Date().toUTCString()}\r\n`
  sendWhole(res, body.statusCode, `HTTP/1.1 ${body.statusCode} ${body.error}\r\n${lines}${connectionLines}\r\n`, res.req.method === 'HEAD' ? '' : json)
}
