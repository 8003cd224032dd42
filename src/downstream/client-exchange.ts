import type { Fields } from '../http/fields.ts'
import type { RequestHead, ResponseHead } from '../http/heads.ts'
import type { MessageError } from '../http1/message-error.ts'
import type { StatedEnds } from '../proxy-protocol/ends.ts'
import type { Peer } from './trust.ts'

/** The client's end of a connection: one for all exchanges on it. */
export interface ClientConnection {
  /** Worked out when it is first asked for, and kept: a connection that is gone has no address any more. */
  readonly peer: Peer
  /** Both ends of it, worked out whenever they are asked for: few backends are told of them. Undefined: it has none that could be told. */
  readonly ends: StatedEnds | undefined
}

/** Who answers an exchange. `onEnd` is called once, on every path; nothing after it. What these throw comes back as `onThrown`. */
export interface ClientExchangeListener {
  /** A piece of the request's body, never empty; only between `readBody` and `holdBody`. */
  onBody (bytes: Buffer): void
  /** The body is whole. */
  onBodyEnd (trailers: Fields): void
  /** What came as its body is none (RFC 9112 section 7.1): answer, after which the connection ends. */
  onBodyError (error: MessageError): void
  /** More of the response can be written. */
  onDrain (): void
  /** The client has its whole response, or has left. */
  onEnd (): void
  onThrown (error: unknown): void
}

/** Before there is a listener. */
export const nobody: ClientExchangeListener = {
  onBody () {},
  onBodyEnd () {},
  onBodyError () {},
  onDrain () {},
  onEnd () {},
  onThrown () {}
}

/** Is told of the end of an exchange, whoever answers it. Throws nothing. */
export interface ClientExchangeWatcher {
  /**
   * Once, after the listener's. `isWhole`: its client has the whole response, or its tunnel has ended; otherwise it was cut, or
   * the client has left.
   */
  onExchangeEnd (isWhole: boolean): void
}

/** How long the body of a response is, in bytes; -1: it ends when `end` is called; 0 also where none may follow (HEAD, 204, 304). */
export type BodyLength = number

/** Why a response that has begun cannot be completed. Half a response must not look whole: HTTP/1.1 cuts the connection. */
export type ResetReason = 'cut' | 'timeout'

/**
 * One request of a client and its response, by whatever protocol it came. Nothing of it is Node's or Fastify's. Its head is
 * whole; nothing of the body is read before `readBody`.
 */
export interface ClientExchange {
  readonly connection: ClientConnection
  readonly head: RequestHead
  readonly body: 'none' | 'length' | 'stream'
  /** What Content-Length says, or -1. */
  readonly contentLength: number
  /** The protocols that the client offers to change to, without h2c; undefined where there are none or this is no place for it. */
  readonly upgrade: string | undefined
  /** It waits for a 100 before it sends its body. The codec takes it back when a 100 or the first byte of the body has come. */
  readonly awaitsContinue: boolean
  /** A byte of the final response has been written, or waits to be. */
  readonly hasBegun: boolean
  /** Of the final response, 101 for a tunnel; undefined before. */
  readonly statusCode: number | undefined
  /** It has ended: its client has its response, or has left. */
  readonly isEnded: boolean
  /** Bytes of the response that the client has not taken in yet. */
  readonly unsentBytes: number
  /** The connection ends after this response. Setting it after `begin` has no effect on what the client is told. */
  isLast: boolean
  /** Set before anything else is called. */
  listener: ClientExchangeListener
  watcher?: ClientExchangeWatcher | undefined

  /** Reads the body, or goes on to; `onBody` and `onBodyEnd` may be called before it returns. Sends no 100. */
  readBody (): void
  holdBody (): void
  /** Nobody wants the rest of the body: the codec reads it on for 30 s at most, so that its client sees the response. No more calls. */
  discardBody (): void

  /** An informational response but 101. A 100 is dropped where none is awaited; HTTP/1.0 knows none of them. */
  inform (head: ResponseHead): void
  /**
   * The final head. `lines` are its field lines as HTTP/1.1 writes them, each with its CRLF, latin1, checked, a Content-Length
   * among them where there is one; the codec adds framing and connection, and nothing else. Held until `flush`, `write` past a
   * limit, or `end`.
   */
  begin (statusCode: number, reason: string, lines: string, length: BodyLength): void
  /** Gives a piece of the body away; `flush` or `end` sends it. */
  write (bytes: Buffer): void
  /** Sends what is held. Returns false when more should wait for `onDrain`. */
  flush (): boolean
  /** It is whole. `trailers` are field lines, each with its CRLF; dropped where the framing has no place for them. */
  end (trailers: string): void
  /** Changes the protocol: 101 with these lines, `Connection` and `Upgrade` among them. */
  openTunnel (reason: string, lines: string): ClientTunnel
  /** Ends it without a whole response. */
  reset (reason: ResetReason): void
}

/** The client's side of bytes both ways. What came early is delivered as soon as there is a listener. */
export interface ClientTunnel {
  listener: ClientTunnelListener
  /** Returns false when more should wait for `onDrain`. */
  write (bytes: Buffer): boolean
  /** Ends the writing side. */
  end (): void
  pause (): void
  resume (): void
  destroy (): void
}

/** The end of the tunnel is the exchange's `onEnd`. */
export interface ClientTunnelListener {
  onBytes (bytes: Buffer): void
  /** The client has ended its side. */
  onBytesEnd (): void
  onDrain (): void
}
