import type { FailureReason } from '../backends/failure-reason.ts'
import { AddressRefusedError } from './guard.ts'

/** Whose failure it is: only a backend's counts against a backend. */
export type Party = 'backend' | 'client' | 'gateway'

/** How an attempt failed. */
export interface Failure {
  readonly party: Party
  readonly reason: FailureReason
  /** A connection that was kept had just been closed: the backend has not seen the request, and is not to blame. */
  readonly isStale: boolean
  /** The backend has said that it has not looked at the request, which may be sent again whatever its method. */
  readonly isUnprocessed?: boolean
  /** The code of the error, where there was one or, for an address that is not allowed, what forbids it. */
  readonly detail: string | undefined
}

/** The reason that a socket error amounts to; `isConnected` tells whether there was a connection yet. */
export function reasonOf (error: Error, isConnected: boolean): FailureReason {
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return 'refused'
  if (error instanceof AddressRefusedError) return 'not-allowed'
  if (isConnected) return 'reset'
  if (ownLimits.has(code)) return 'exhausted'
  if (code === 'ETIMEDOUT') return 'connect-timeout'
  if (isTls(code)) return 'tls'
  return code === 'ECONNRESET' ? 'reset' : 'unreachable'
}

export function partyOf (reason: FailureReason): Party {
  switch (reason) {
    case 'client-timeout':
    case 'deadline':
      return 'client'
    case 'exhausted':
    case 'not-allowed':
    case 'tunnel-timeout':
      return 'gateway'
    default:
      return 'backend'
  }
}

export function detailOf (error: Error): string | undefined {
  if (error instanceof AddressRefusedError) return error.message
  return 'code' in error ? String(error.code) : undefined
}

const ownLimits: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])

/** How OpenSSL's and Node's codes begin for a handshake or a certificate that will not do. */
const tlsCodes = [
  'ERR_TLS', 'ERR_SSL', 'EPROTO', 'CERT', 'UNABLE_TO', 'DEPTH_ZERO', 'SELF_SIGNED', 'HOSTNAME_MISMATCH', 'INVALID_CA',
  'INVALID_PURPOSE', 'PATH_LENGTH', 'ERROR_IN_CERT'
]

function isTls (code: string): boolean {
  return tlsCodes.some((start) => code.startsWith(start))
}
