import { request, type Agent, type IncomingMessage } from 'node:http'
import { answerTo, backendHeader, bodyOfPost, idHeader } from '../backend/answer.ts'

/** One request of a client and what came of it. Times are monotonic, in ms. */
export interface Call {
  readonly id: string
  readonly method: 'GET' | 'POST'
  readonly startedAt: number
  readonly endedAt: number
  /** Undefined when no whole answer came. */
  readonly status: number | undefined
  /** Which backend answered; undefined when the gateway did, or nobody. */
  readonly backend: string | undefined
  /** Why no whole answer came: a code of Node's. */
  readonly failure: string | undefined
  /** What came is not, byte for byte, the answer to this request. */
  readonly isMixed: boolean
}

export interface CallOptions {
  readonly port: number
  readonly agent: Agent
  readonly method: 'GET' | 'POST'
  /** How long the backend works on it. */
  readonly workMs: number
}

type Ending = Pick<Call, 'status' | 'backend' | 'failure' | 'isMixed'>

/** Longer than anything that is done to a backend. */
const patienceMs = 15_000

let calls = 0

/** Never rejects: what goes wrong is the result. */
export async function call (options: CallOptions): Promise<Call> {
  const id = `${process.pid}-${calls++}`
  const startedAt = performance.now()
  const ending = await endingOf(id, options)
  return { id, method: options.method, startedAt, endedAt: performance.now(), ...ending }
}

function endingOf (id: string, { port, agent, method, workMs }: CallOptions): Promise<Ending> {
  return new Promise((resolve) => {
    const body = method === 'POST' ? bodyOfPost(id) : ''
    const headers = { [idHeader]: id, ...(method === 'POST' && { 'content-length': body.length }) }
    const req = request({ host: '127.0.0.1', port, agent, method, path: `/${id}?work=${workMs}`, headers })
    const timer = setTimeout(() => { req.destroy(Object.assign(new Error(), { code: 'no answer' })) }, patienceMs)
    const fail = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer)
      resolve({ status: undefined, backend: undefined, failure: error.code ?? error.message, isMixed: false })
    }
    req.on('error', fail)
    req.on('response', (res) => {
      let text = ''
      res.setEncoding('latin1')
      res.on('data', (piece: string) => { text += piece })
      res.on('error', fail)
      res.on('end', () => {
        clearTimeout(timer)
        resolve(endingWith(id, res, text))
      })
    })
    req.end(body)
  })
}

function endingWith (id: string, res: IncomingMessage, text: string): Ending {
  const backend = res.headers[backendHeader]
  const status = res.statusCode
  // An answer of the gateway's own names no backend, and is never a 200.
  if (typeof backend !== 'string') return { status, backend: undefined, failure: undefined, isMixed: status === 200 }
  return { status, backend, failure: undefined, isMixed: res.headers[idHeader] !== id || text !== answerTo(id, backend) }
}
