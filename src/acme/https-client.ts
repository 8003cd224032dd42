import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import type { Clock } from '../base/clock.ts'
import { AcmeError } from './acme-error.ts'

const timeoutMs = 30_000
/** A chain of certificates has a few KiB. */
const maxAnswerBytes = 1_048_576

export interface HttpsAnswer {
  readonly statusCode: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Asks the CA. */
export class HttpsClient {
  readonly #clock: Clock
  readonly #agent: Agent
  readonly #ended = new AbortController()

  /** `ca`: PEM of those that may sign the CA's own certificate for HTTPS; undefined: those that Node trusts. */
  constructor (clock: Clock, ca: string | undefined) {
    this.#clock = clock
    this.#agent = new Agent({ keepAlive: true, maxSockets: 2, ...ca !== undefined && { ca } })
  }

  /** Ends what is under way. */
  close (): void {
    this.#ended.abort()
    this.#agent.destroy()
  }

  /** Resolves with the answer, whatever its status; rejects with an `AcmeError` where there is none within 30 s. */
  send (method: 'GET' | 'HEAD' | 'POST', url: string, body?: string): Promise<HttpsAnswer> {
    const asked = new Promise<HttpsAnswer>((resolve, reject) => {
      const headers = {
        'user-agent': 'evenkeel (ACME)',
        ...body !== undefined && { 'content-type': 'application/jose+json', 'content-length': Buffer.byteLength(body) }
      }
      const req = request(url, { method, headers, agent: this.#agent, signal: this.#ended.signal }, (res) => {
        const pieces: Buffer[] = []
        let bytes = 0
        res.on('data', (piece: Buffer) => {
          bytes += piece.length
          if (bytes > maxAnswerBytes) req.destroy(new Error('the answer is too large'))
          else pieces.push(piece)
        })
        res.on('end', () => { resolve({ statusCode: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(pieces) }) })
        res.on('error', reject)
      })
      const cancel = this.#clock.after(timeoutMs, () => { req.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)) })
      req.on('error', reject)
      req.on('close', cancel)
      req.end(body)
    })
    return asked.catch((error: Error) => { throw new AcmeError('unreachable', `${originOf(url)} cannot be reached: ${error.message}`) })
  }
}

function originOf (url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url
}
