import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { addressOf } from '../upstream/dial.ts'
import type { StatusRange } from '../config/status-range.ts'

export interface ProbeOptions {
  readonly path: string
  readonly timeoutMs: number
  readonly status: StatusRange
  /** By default the system's. */
  readonly lookup?: LookupFunction
}

export interface ProbeResult {
  readonly passed: boolean
  readonly detail: string
}

/** Asks a backend once whether it is well. Never rejects: what goes wrong is the result. */
export type Probe = (url: URL, signal: AbortSignal) => Promise<ProbeResult>

const maxBodyBytes = 65_536

/**
 * A probe by `GET path`, on a connection of its own that is closed afterwards, so that a check tells whether a new
 * connection is accepted and never takes one from the traffic.
 */
export function createHttpProbe ({ path, timeoutMs, status, lookup }: ProbeOptions): Probe {
  return function probe (url, signal) {
    return new Promise((resolve) => {
      const address = addressOf(url)
      const request = address.kind === 'tls' ? requestHttps : requestHttp
      const req = request({
        ...(address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port }),
        path,
        agent: false,
        lookup,
        signal,
        headers: { 'user-agent': 'evenkeel-health-check', accept: '*/*', connection: 'close' }
      })
      const timer = setTimeout(() => { finish(false, `no answer within ${timeoutMs} ms`) }, timeoutMs)

      function finish (passed: boolean, detail: string): void {
        clearTimeout(timer)
        req.destroy()
        resolve({ passed, detail })
      }

      req.on('error', (error) => { finish(false, describe(error)) })
      req.on('response', (response) => {
        const code = response.statusCode ?? 0
        let bodyBytes = 0
        // The body is read, so that the backend sees an orderly end, but not without a bound.
        response.on('data', (chunk: Buffer) => {
          bodyBytes += chunk.length
          if (bodyBytes > maxBodyBytes) finish(isWithin(code, status), `status ${code}`)
        })
        response.on('end', () => { finish(isWithin(code, status), `status ${code}`) })
        response.on('error', (error) => { finish(false, describe(error)) })
      })
      req.end()
    })
  }
}

function isWithin (code: number, { first, last }: StatusRange): boolean {
  return code >= first && code <= last
}

const wordsFor: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'host not found',
  EAI_AGAIN: 'host not found',
  ABORT_ERR: 'check ended with the gateway'
}

function describe (error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  return wordsFor[code] ?? (code.startsWith('HPE_') ? 'not HTTP' : code || error.message)
}
