import { MessageError, type MessageErrorCode } from '../../src/http1/message-error.ts'
import type { ParsedRequest } from '../../src/http1/request-head.ts'
import { RequestParser, type RequestLimits } from '../../src/http1/request-parser.ts'

/** One request as a parser read it; `isWhole` is false where its body is still to come. */
export interface ReadRequest extends ParsedRequest {
  readonly rawHeaders: string[]
  readonly bytes: string
  readonly trailers: string[]
  readonly isWhole: boolean
}

/** Everything that a parser said about the bytes of one connection. */
export interface Reading {
  readonly requests: ReadRequest[]
  /** `idle`: between two requests; `partial`: within a head; `body`: within a body; `last`: after a request that ends the connection. */
  readonly end: 'idle' | 'partial' | 'body' | 'last' | MessageErrorCode
}

/** Runs a parser over `pieces` as a server does, up to the first request that ends its connection. */
export function readRequests (pieces: Iterable<Buffer>, limits: Partial<RequestLimits> = {}): Reading {
  const parser = new RequestParser(limits)
  const requests: ReadRequest[] = []
  let body: Buffer[] = []

  function note (isWhole: boolean): void {
    const request = parser.request as ParsedRequest
    requests.push({
      ...request,
      rawHeaders: request.head.fields.toRaw(),
      bytes: Buffer.concat(body).toString('latin1'),
      trailers: parser.trailers.toRaw(),
      isWhole
    })
    body = []
  }

  function take (piece: Buffer): void {
    if (piece.length === 0) throw new Error('an empty piece was handed out')
    body.push(piece)
  }

  try {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length;) {
        if (parser.request === undefined) at = parser.readHead(piece, at)
        else at = readOnePiece(parser, piece, at, take)
        if (!parser.isComplete) continue
        note(true)
        if (isLast(requests.at(-1) as ReadRequest)) return { requests, end: 'last' }
        parser.next()
      }
    }
  } catch (error) {
    if (!(error instanceof MessageError)) throw error
    if (parser.request !== undefined) note(false)
    return { requests, end: error.code }
  }
  if (parser.request === undefined) return { requests, end: parser.hasPartOfHead ? 'partial' : 'idle' }
  note(false)
  return { requests, end: 'body' }
}

function isLast ({ head, keepAlive, upgrade }: ParsedRequest): boolean {
  return !keepAlive || upgrade !== undefined || head.method === 'CONNECT'
}

function readOnePiece (parser: RequestParser, chunk: Buffer, from: number, take: (piece: Buffer) => void): number {
  let pieces = 0
  const end = parser.readBody(chunk, from, (piece) => {
    pieces++
    take(piece)
  })
  if (pieces > 1) throw new Error('more than one piece was handed out')
  if (end === from && !parser.isComplete) throw new Error('nothing was read')
  return end
}
