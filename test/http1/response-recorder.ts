import { MessageError, type MessageErrorCode } from '../../src/http1/message-error.ts'
import type { ParsedResponse } from '../../src/http1/response-head.ts'
import type { ResponseLimits } from '../../src/http1/response-limits.ts'
import { ResponseParser, type ResponseHandler } from '../../src/http1/response-parser.ts'

/** What a client asked for and how the response came. */
export interface Exchange {
  readonly method?: string
  readonly upgrade?: boolean
  readonly limits?: Partial<ResponseLimits>
  /** Whether the backend ends the connection behind the bytes; true when left out. */
  readonly eof?: boolean
}

/** With its field lines as strings, which are easier to compare. */
export interface RecordedHead extends ParsedResponse {
  readonly rawHeaders: string[]
}

/** Everything a parser said about one response, adjacent pieces of the body joined. */
export interface Outcome {
  informational: RecordedHead[]
  head: RecordedHead | null
  body: string
  trailers: string[] | null
  end: 'complete' | 'tunnel' | 'pending' | MessageErrorCode
  /** How many bytes were consumed. An error tells nothing of it. */
  consumed: number
}

/** Runs a parser over `pieces`, which together are what the backend sent. */
export function record (pieces: Iterable<Buffer>, { method = 'GET', upgrade = false, limits = {}, eof = true }: Exchange = {}): Outcome {
  const outcome: Outcome = { informational: [], head: null, body: '', trailers: null, end: 'pending', consumed: 0 }
  const body: Buffer[] = []
  const calls: string[] = []
  const handler: ResponseHandler = {
    onInformational (head) {
      expectCalls(calls, [])
      outcome.informational.push(recorded(head))
    },
    onHead (head) {
      expectCalls(calls, [])
      calls.push('head')
      outcome.head = recorded(head)
    },
    onBody (piece) {
      expectCalls(calls, ['head'])
      if (piece.length === 0) throw new Error('an empty piece was handed out')
      body.push(piece)
    },
    onComplete (trailers) {
      expectCalls(calls, ['head'])
      calls.push('complete')
      outcome.trailers = trailers
      outcome.end = 'complete'
    }
  }
  const parser = new ResponseParser(limits)
  parser.begin(method, handler, upgrade)
  try {
    for (const piece of pieces) {
      const consumed = parser.execute(piece)
      outcome.consumed += consumed
      if (consumed < piece.length) break
    }
    if (parser.isTunnel) outcome.end = 'tunnel'
    else if (eof) parser.finish()
  } catch (error) {
    if (!(error instanceof MessageError)) throw error
    outcome.end = error.code
    outcome.consumed = -1
  }
  outcome.body = Buffer.concat(body).toString('latin1')
  return outcome
}

function recorded (head: ParsedResponse): RecordedHead {
  return { ...head, rawHeaders: head.fields.toRaw() }
}

function expectCalls (calls: string[], expected: string[]): void {
  if (calls.join() !== expected.join()) throw new Error(`a handler was called after: ${calls.join()}`)
}

/** `bytes` in pieces of one byte each. */
export function byteByByte (bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))
}

/** `bytes` in two pieces; the first may be empty. */
export function splitAt (bytes: Buffer, position: number): Buffer[] {
  return [bytes.subarray(0, position), bytes.subarray(position)]
}
