import type { ParsedResponse } from './response-head.ts'

/** What a parser tells of one response, all of it from within `execute` and `finish`. */
export interface ResponseHandler {
  /** A 1xx head other than 101; the final one is still to come. */
  onInformational (head: ParsedResponse): void
  /** The final head, or that of a 101; what follows that one belongs to the tunnel, and nothing more is called. */
  onHead (head: ParsedResponse): void
  /** A piece of the body: a view of the chunk that was passed in, never a copy, never empty. */
  onBody (piece: Buffer): void
  /**
   * The response is whole. Trailer fields as [name, value, name, value …], unfiltered; null if there were none. On their way out:
   * use the parser's `trailers`.
   */
  onComplete (trailers: string[] | null): void
}

/** Hears of what nobody wants to know any more. */
export const nobody: ResponseHandler = { onInformational () {}, onHead () {}, onBody () {}, onComplete () {} }
