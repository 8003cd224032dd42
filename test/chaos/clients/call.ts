import { answerTo, backendHeader, bodyOfPost, idHeader } from '../backend/answer.ts'
import { instanceOf, type Answer, type Connections } from './connections.ts'
import type { Protocol } from './protocols.ts'

/** One request of a client and what came of it. Times are monotonic, in ms. */
export interface Call {
  readonly id: string
  readonly method: 'GET' | 'POST'
  /** How the client came. */
  readonly protocol: Protocol
  readonly startedAt: number
  readonly endedAt: number
  /** Undefined when no whole answer came. */
  readonly status: number | undefined
  /** Which backend answered; undefined when the gateway did, or nobody. */
  readonly backend: string | undefined
  /** Why no whole answer came: a code of Node's, or `reset` and the code of HTTP/2. */
  readonly failure: string | undefined
  /** What came is not, byte for byte, the answer to this request. */
  readonly isMixed: boolean
  /** Which process of the gateway has answered, or, before that, by the same connection. */
  readonly instance?: string | undefined
}

export interface CallOptions {
  readonly connections: Connections
  readonly method: 'GET' | 'POST'
  /** How long the backend works on it. */
  readonly workMs: number
}

type Ending = Pick<Call, 'status' | 'backend' | 'failure' | 'isMixed' | 'instance'>

let calls = 0

/** Never rejects: what goes wrong is the result. */
export async function call ({ connections, method, workMs }: CallOptions): Promise<Call> {
  const id = nextId()
  const body = method === 'POST' ? bodyOfPost(id) : ''
  const startedAt = performance.now()
  const ending = await connections.ask({ method, path: `/${id}?work=${workMs}`, headers: { [idHeader]: id }, body })
    .then((answer) => endingWith(id, answer, answerTo), endingWithout)
  return { id, method, protocol: connections.protocol, startedAt, endedAt: performance.now(), ...ending }
}

export function nextId (): string {
  return `${process.pid}-${calls++}`
}

/** `expected`: what this backend answers to the request. */
export function endingWith (id: string, { status, headers, text }: Answer, expected: (id: string, backend: string) => string): Ending {
  const instance = instanceOf(headers)
  const backend = headers[backendHeader]
  // An answer of the gateway's own names no backend, and is never a 200.
  if (typeof backend !== 'string') return { status, backend: undefined, failure: undefined, isMixed: status === 200, instance }
  return { status, backend, failure: undefined, isMixed: headers[idHeader] !== id || text !== expected(id, backend), instance }
}

export function endingWithout ({ code, message, instance }: NodeJS.ErrnoException & { instance?: string }): Ending {
  return { status: undefined, backend: undefined, failure: code ?? message, isMixed: false, instance }
}
