/** Why there is no certificate. `storage`: the gateway's own folder cannot be used. */
export type AcmeFailure = 'unreachable' | 'rate-limited' | 'challenge-failed' | 'refused' | 'timeout' | 'storage'

export interface AcmeErrorOptions {
  /** What the CA calls it (RFC 8555 section 6.7), such as `badNonce`; empty: it says nothing. */
  readonly code?: string
  /** How long the CA wants to be left alone. */
  readonly retryAfterMs?: number
}

/** An order that brings no certificate. The message is a phrase for operators. */
export class AcmeError extends Error {
  readonly failure: AcmeFailure
  readonly code: string
  readonly retryAfterMs: number

  constructor (failure: AcmeFailure, message: string, { code = '', retryAfterMs = 0 }: AcmeErrorOptions = {}) {
    super(message)
    this.failure = failure
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** Whatever went wrong, as what it means here. */
export function asAcmeError (error: unknown): AcmeError {
  return error instanceof AcmeError ? error : new AcmeError('storage', (error as Error).message)
}

const prefix = 'urn:ietf:params:acme:error:'

/** The problem document of a CA (RFC 7807) as an error; `value` may be anything. */
export function problemOf (value: unknown, statusCode: number, retryAfterMs: number): AcmeError {
  const { type, detail } = (value ?? {}) as { readonly type?: unknown, readonly detail?: unknown }
  const code = typeof type === 'string' ? type.replace(prefix, '') : ''
  const failure = statusCode === 429 || code === 'rateLimited' ? 'rate-limited' : statusCode >= 500 ? 'unreachable' : 'refused'
  const words = typeof detail === 'string' && detail !== '' ? detail.slice(0, 500) : code
  return new AcmeError(failure, `the CA answers ${statusCode}${words === '' ? '' : `: ${words}`}`, { code, retryAfterMs })
}

/** What Retry-After asks for, in ms from `now`, which is in ms since the epoch; 0 where it asks for nothing that can be understood. */
export function retryAfterMs (header: string | undefined, now: number): number {
  if (header === undefined) return 0
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return ms > 0 ? ms : 0
}
