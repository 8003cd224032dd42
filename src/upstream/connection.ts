import type { Socket } from 'node:net'
import type { Clock } from '../base/clock.ts'
import type { Answerable } from '../base/contain.ts'
import { Deadline } from '../base/deadline.ts'
import { dial, type Address, type DialOptions } from './dial.ts'
import { failureOf, type Failure } from './failure.ts'
import { AddressRefusedError } from './guard.ts'
import { MessageError } from '../http1/message-error.ts'
import type { ResponseHead } from '../http1/response-head.ts'
import { ResponseParser, type ResponseHandler } from '../http1/response-parser.ts'

/**
 * Who has the connection for one request. Exactly one of `onComplete`, `onFailed` and `onThrown` ends it, unless it is destroyed. What
 * a user throws ends the connection, comes back to it as `onThrown`, and counts against no backend.
 */
export interface ConnectionUser extends ResponseHandler, Answerable {
  /** There is a connection; the request can be written. */
  onConnected (): void
  /** What has been read in one piece is dealt with: nothing else will come in this turn. */
  onFlush (): void
  /** More can be written. */
  onDrain (): void
  /** `detail` is the code of the error, where there was one or, for an address that is not allowed, why. */
  onFailed (failure: Failure, detail: string | undefined): void
  /** Bytes, and the end of them, behind a 101. */
  onTunnelBytes (bytes: Buffer): void
  onTunnelEnd (): void
}

/** Where a connection goes when it is free again. */
export interface ConnectionOwner {
  onIdle (connection: UpstreamConnection): void
  onClosed (connection: UpstreamConnection): void
}

export interface ConnectionOptions extends DialOptions {
  readonly address: Address
  readonly owner: ConnectionOwner
  readonly clock: Clock
  readonly connectTimeoutMs: number
  /** How long it may stay idle; a backend's `Keep-Alive: timeout` lowers this. */
  readonly keepAliveMs: number
}

type Phase = 'connecting' | 'idle' | 'response' | 'tunnel' | 'closed'

/** How much earlier than the backend announced an idle connection is given up, so that no request meets its end. */
const keepAliveMarginMs = 1000

/** One HTTP/1.1 connection to a backend, for one request at a time. */
export class UpstreamConnection {
  readonly #options: ConnectionOptions
  readonly #socket: Socket
  readonly #parser = new ResponseParser()
  readonly #deadline: Deadline
  #phase: Phase = 'connecting'
  #user: ConnectionUser | undefined
  #limit: Failure = 'connect-timeout'
  #isPaused = false
  /** The user has written its request to the end; only then may the connection be used again. */
  isRequestSent = false
  /** Requests that were begun here before the current one. */
  uses = -1

  constructor (options: ConnectionOptions) {
    this.#options = options
    this.#deadline = new Deadline(options.clock, this.#entry(() => { this.#onDeadline() }))
    this.#socket = dial(options.address, options, this.#entry((bytes: Buffer) => { this.#onBytes(bytes) }))
    this.#socket.once(options.address.kind === 'tls' ? 'secureConnect' : 'connect', this.#entry(() => { this.#onConnect() }))
    this.#socket.on('drain', this.#entry(() => { this.#user?.onDrain() }))
    this.#socket.once('end', this.#entry(() => { this.#onEnd() }))
    this.#socket.on('error', this.#entry((error: Error) => { this.#fail(failureOf(error, this.#phase !== 'connecting'), detailOf(error)) }))
    this.#socket.once('close', this.#entry(() => { this.#fail('closed') }))
    this.limit(options.connectTimeoutMs, 'connect-timeout')
  }

  get isConnected (): boolean {
    return this.#phase !== 'connecting'
  }

  /** A byte of the response to the current request has come. */
  get hasResponseStarted (): boolean {
    return this.#parser.hasStarted
  }

  /** Gives the connection to `user`, for a request of this method. What `onConnected` throws, this throws. */
  begin (user: ConnectionUser, method: string, isUpgrade: boolean): void {
    this.#user = user
    this.uses++
    this.isRequestSent = false
    this.#parser.begin(method, user, isUpgrade)
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

  /** Returns false when the user should wait for `onDrain`. Text is written as latin1. `onWritten` is called when it has left. */
  write (data: string | Buffer, onWritten?: (error?: Error | null) => void): boolean {
    return typeof data === 'string' ? this.#socket.write(data, 'latin1', onWritten) : this.#socket.write(data, onWritten)
  }

  cork (): void {
    this.#socket.cork()
  }

  uncork (): void {
    this.#socket.uncork()
  }

  /** Ends the writing side of a tunnel. */
  end (): void {
    this.#socket.end()
  }

  /** Fails with `failure` unless this is called again, or the request ends, within `delayMs`. */
  limit (delayMs: number, failure: Failure): void {
    this.#limit = failure
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

  /** Ends the connection at once. Its user hears nothing more. */
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

  #onConnect (): void {
    if (this.#phase !== 'connecting') return
    this.#phase = 'response'
    this.#deadline.lift()
    // Reading by `onread` starts by itself, but 'end' needs a stream that flows.
    if (!this.#isPaused) this.#socket.resume()
    this.#user?.onConnected()
  }

  #onBytes (bytes: Buffer): void {
    if (this.#phase === 'response') this.#onResponseBytes(bytes)
    else if (this.#phase === 'tunnel') this.#user?.onTunnelBytes(bytes)
    // Bytes that nobody asked for would be taken for the answer to the next request.
    else this.destroy()
  }

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
      this.#afterResponse(this.#parser.head as ResponseHead, used < bytes.length)
    } else {
      user.onFlush()
    }
  }

  #afterResponse (head: ResponseHead, hasMore: boolean): void {
    if (!head.keepAlive || hasMore || !this.isRequestSent || this.#phase === 'closed') return this.destroy()
    const announcedMs = head.keepAliveTimeoutMs === -1 ? Infinity : head.keepAliveTimeoutMs - keepAliveMarginMs
    const idleMs = Math.min(this.#options.keepAliveMs, announcedMs)
    if (idleMs <= 0) return this.destroy()
    this.#phase = 'idle'
    this.#user = undefined
    this.#deadline.set(idleMs)
    this.resume()
    this.#options.owner.onIdle(this)
  }

  #onEnd (): void {
    if (this.#phase === 'tunnel') return this.#user?.onTunnelEnd()
    if (this.#phase === 'connecting') return this.#fail('closed') // during the TLS handshake
    if (this.#phase !== 'response') return this.destroy()
    try {
      this.#parser.finish()
    } catch (error) {
      if (!(error instanceof MessageError)) throw error
      return this.#fail('closed')
    }
    this.destroy()
  }

  #onDeadline (): void {
    if (this.#phase === 'idle') this.destroy()
    else this.#fail(this.#limit)
  }

  #fail (failure: Failure, detail?: string): void {
    const user = this.#user
    this.destroy()
    user?.onFailed(failure, detail)
  }
}

function detailOf (error: Error): string | undefined {
  if (error instanceof AddressRefusedError) return error.message
  return 'code' in error ? String(error.code) : undefined
}
