import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { Deadline } from '../base/deadline.ts'
import type { Fields } from '../http/fields.ts'
import { MessageError } from '../http1/message-error.ts'
import type { ParsedResponse } from '../http1/response-head.ts'
import { ResponseParser, type ResponseHandler } from '../http1/response-parser.ts'
import type { BackendStreamUser, PooledStream, RequestFraming } from './backend-stream.ts'
import type { ConnectionOptions } from './connection-options.ts'
import { dial, secure, type TlsAddress } from './dial.ts'
import { detailOf, partyOf, reasonOf } from './failure.ts'
import type { FailureReason } from '../backends/failure-reason.ts'
import { idleMsAfter } from './idle-time.ts'
import { RequestWriter } from './request-writer.ts'

type Phase = 'connecting' | 'idle' | 'response' | 'tunnel' | 'closed'

/** One HTTP/1.1 connection to a backend, for one request at a time. */
export class UpstreamConnection implements PooledStream, ResponseHandler {
  readonly #options: ConnectionOptions<UpstreamConnection>
  #socket: Socket
  #writer: RequestWriter
  readonly #parser = new ResponseParser()
  readonly #deadline: Deadline
  readonly #onPiece = this.#entry((bytes: Buffer) => { this.#onBytes(bytes) })
  #phase: Phase = 'connecting'
  #user: BackendStreamUser | undefined
  #limit: FailureReason = 'connect-timeout'
  #isPaused = false
  /** Requests that were begun here before the current one. */
  uses = -1

  constructor (options: ConnectionOptions<UpstreamConnection>) {
    this.#options = options
    this.#deadline = new Deadline(options.clock, this.#entry(() => { this.#onDeadline() }))
    this.#writer = new RequestWriter(this.#socket = this.#follow(dial(options.address, options, this.#onPiece)))
    this.limit(options.connectTimeoutMs, 'connect-timeout')
  }

  /** Undefined until it is connected. */
  get remoteAddress (): string | undefined {
    return this.#socket.remoteAddress
  }

  get hasResponseStarted (): boolean {
    return this.#parser.hasStarted
  }

  /** Gives the connection to `user`, for a request of this method. What `onConnected` throws, this throws. */
  begin (user: BackendStreamUser, method: string, isUpgrade: boolean): void {
    this.#user = user
    this.uses++
    this.#writer.begin()
    this.#parser.begin(method, this, isUpgrade)
    if (this.#phase === 'connecting') return
    this.#phase = 'response'
    this.#deadline.lift()
    try {
      user.onConnected()
    } catch (error) {
      this.destroy()
      throw error
    }
  }

  send (head: string, framing: RequestFraming): void {
    this.#writer.send(head, framing)
  }

  write (bytes: Buffer, isOurs: boolean): boolean {
    return this.#writer.write(bytes, isOurs)
  }

  flush (): void {
    if (this.#phase !== 'closed') this.#writer.flush()
  }

  end (trailers: string): void {
    this.#writer.end(trailers)
  }

  endTunnel (): void {
    this.#socket.end()
  }

  limit (delayMs: number, reason: FailureReason): void {
    if (this.#phase === 'closed') return
    this.#limit = reason
    this.#deadline.set(delayMs)
  }

  pause (): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#socket.pause()
  }

  resume (): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#socket.resume()
  }

  destroy (): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#user = undefined
    this.#parser.abandon()
    this.#deadline.end()
    this.#socket.destroy()
    this.#options.owner.onClosed(this)
  }

  /**
   * Where everything that happens to the socket comes in, with whoever is the user then. Without one, only this class's own code
   * runs, and nothing of it throws.
   */
  #entry<Args extends unknown[]> (step: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      const user = this.#user
      try {
        step(...args)
      } catch (error) {
        this.destroy()
        if (user === undefined) throw error
        user.onThrown(error)
      }
    }
  }

  #follow (socket: Socket): Socket {
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', this.#entry(() => { this.#onConnect() }))
    socket.on('drain', this.#entry(() => { this.#user?.onRequestDrain() }))
    socket.once('end', this.#entry(() => { this.#onEnd() }))
    socket.on('error', this.#entry((error: Error) => { this.#fail(reasonOf(error, this.#phase !== 'connecting'), detailOf(error)) }))
    socket.once('close', this.#entry(() => { this.#fail('closed') }))
    return socket
  }

  #onConnect (): void {
    if (this.#phase !== 'connecting') return
    const { address } = this.#options
    if (address.kind === 'tls' && !(this.#socket instanceof TLSSocket)) return this.#secure(address)
    this.#phase = 'response'
    this.#deadline.lift()
    // Reading by `onread` starts by itself, but 'end' needs a stream that flows.
    if (!this.#isPaused) this.#socket.resume()
    this.#user?.onConnected()
  }

  /** The header has been sent over the connection below, which stays silent from now on. */
  #secure (address: TlsAddress): void {
    this.#writer = new RequestWriter(this.#socket = this.#follow(secure(this.#socket, address, this.#options, this.#onPiece)))
  }

  #onBytes (bytes: Buffer): void {
    if (this.#phase === 'response') this.#onResponseBytes(bytes)
    else if (this.#phase === 'tunnel') this.#user?.onTunnelBytes(bytes)
    // Bytes that nobody asked for would be taken for the answer to the next request.
    else this.destroy()
  }

  /** For the parser only, as those that follow. */
  onInformational (head: ParsedResponse): void {
    this.#user?.onInformational(head)
  }

  onHead (head: ParsedResponse): void {
    this.#user?.onHead(head, head.framing === 'none' ? 0 : head.framing === 'length' ? head.contentLength : -1)
  }

  onBody (piece: Buffer): void {
    this.#user?.onResponseBody(piece)
  }

  /** Its user is told when the connection is free again. */
  onComplete (): void {}

  #onResponseBytes (bytes: Buffer): void {
    let used: number
    try {
      used = this.#parser.execute(bytes)
    } catch (error) {
      if (!(error instanceof MessageError)) throw error
      return this.#fail('not-http')
    }
    const user = this.#user
    if (user === undefined) return // destroyed on the way
    if (this.#parser.isTunnel) {
      this.#phase = 'tunnel'
      if (used < bytes.length) user.onTunnelBytes(bytes.subarray(used))
    } else if (this.#parser.isComplete) {
      const { head, trailers } = this.#parser
      this.#giveBack(head as ParsedResponse, used < bytes.length)
      this.#complete(user, trailers)
    } else {
      user.onFlush()
    }
  }

  /** Before its user hears that the response is whole: who makes the next request then finds it idle. */
  #giveBack (head: ParsedResponse, hasMore: boolean): void {
    if (!head.keepAlive || hasMore || !this.#writer.isWhole || this.#phase === 'closed') return this.destroy()
    const idleMs = idleMsAfter(head, this.#options.keepAliveMs)
    if (idleMs <= 0) return this.destroy()
    this.#phase = 'idle'
    this.#user = undefined
    this.#deadline.set(idleMs)
    this.resume()
    this.#options.owner.onIdle(this)
  }

  /** What the user throws now does not concern who may have the connection already. */
  #complete (user: BackendStreamUser, trailers: Fields): void {
    try {
      user.onComplete(trailers)
    } catch (error) {
      if (this.#user === undefined) this.destroy()
      user.onThrown(error)
    }
  }

  #onEnd (): void {
    const user = this.#user
    if (this.#phase === 'tunnel') return user?.onTunnelEnd()
    if (this.#phase === 'connecting') return this.#fail('closed') // during the TLS handshake
    if (this.#phase !== 'response') return this.destroy()
    try {
      this.#parser.finish()
    } catch (error) {
      if (!(error instanceof MessageError)) throw error
      return this.#fail('closed')
    }
    this.destroy()
    if (user !== undefined) this.#complete(user, this.#parser.trailers)
  }

  #onDeadline (): void {
    if (this.#phase === 'idle') this.destroy()
    else this.#fail(this.#limit)
  }

  /** A connection that was kept and ends before a byte of the response was closed before it got the request. */
  #fail (reason: FailureReason, detail?: string): void {
    const user = this.#user
    const isStale = this.uses > 0 && !this.#parser.hasStarted && (reason === 'reset' || reason === 'closed')
    this.destroy()
    user?.onFailed({ party: partyOf(reason), reason, isStale, detail })
  }
}
