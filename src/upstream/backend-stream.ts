import type { Answerable } from '../base/contain.ts'
import type { Fields } from '../http/fields.ts'
import type { ResponseHead } from '../http/heads.ts'
import type { Failure } from './failure.ts'
import type { FailureReason } from '../backends/failure-reason.ts'

/** How the body of a request ends: there is none, after what Content-Length says, or when `end` is called. */
export type RequestFraming = 'none' | 'length' | 'chunked'

/** One request to a backend and its response, by whatever protocol. One at a time has it, who hears of it as a `BackendStreamUser`. */
export interface BackendStream {
  /** A byte of the response to the current request has come. */
  readonly hasResponseStarted: boolean

  /** Begins the request: its head, latin1, with its empty line. Held until `flush`, `end`, or a write that is too large to join it. */
  send (head: string, framing: RequestFraming): void
  /**
   * A piece of the body or, after a 101, of the tunnel. Returns false when the user should wait for `onRequestDrain`. `isOurs`: nobody
   * else reads these bytes, whose memory is freed when they have left.
   */
  write (bytes: Buffer, isOurs: boolean): boolean
  /** Sends what is held. */
  flush (): void
  /** The request is whole; only then may its connection serve another one. `trailers` are field lines, for the framing `chunked` only. */
  end (trailers: string): void
  /** Ends the writing side of a tunnel. */
  endTunnel (): void
  /** Fails for `reason` unless this is called again, or the request ends, within `delayMs`. */
  limit (delayMs: number, reason: FailureReason): void
  /** No more of the response is read until `resume`. */
  pause (): void
  resume (): void
  /** Ends it at once. Its user hears nothing more. */
  destroy (): void
}

/** A stream of a pool, before its request. */
export interface PooledStream extends BackendStream {
  /** Requests that were begun before on its connection; -1 until it is begun, where it is the first. */
  readonly uses: number
  /** Gives it to `user`, for a request of this method. What `onConnected` throws, this throws. */
  begin (user: BackendStreamUser, method: string, isUpgrade: boolean): void
}

/**
 * Who has a stream for one request. Exactly one of `onComplete`, `onFailed` and `onThrown` ends it, unless it is destroyed. What a
 * user throws ends the stream, comes back to it as `onThrown`, and counts against no backend.
 */
export interface BackendStreamUser extends Answerable {
  /** There is a connection; the request can be sent. */
  onConnected (): void
  /** A 1xx head other than 101; the final one is still to come. */
  onInformational (head: ResponseHead): void
  /** The final head, or that of a 101. `bodyLength` is in bytes; -1: the body ends with `onComplete`; 0 also where there can be none. */
  onHead (head: ResponseHead, bodyLength: number): void
  /** A piece of the body: a view of what was read, never empty. */
  onResponseBody (bytes: Buffer): void
  /** What has been read in one piece is dealt with: nothing else will come in this turn. */
  onFlush (): void
  /** The response is whole, and the stream is another's. Trailers as they came, unfiltered. */
  onComplete (trailers: Fields): void
  /** More can be written. */
  onRequestDrain (): void
  onFailed (failure: Failure): void
  /** Bytes, and the end of them, after a 101. */
  onTunnelBytes (bytes: Buffer): void
  onTunnelEnd (): void
}
