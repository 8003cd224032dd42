import { AddressRefusedError } from './guard.ts'

/** Why an attempt failed, in the words that logs and metrics use. */
export type FailureReason =
  | 'refused'
  | 'unreachable'
  | 'connect-timeout'
  | 'tls'
  | 'reset'
  | 'closed'
  | 'not-http'
  | 'response-timeout'
  | 'body-timeout'
  | 'client-timeout'
  | 'tunnel-timeout'
  /** The gateway has no descriptor or memory left for another socket. */
  | 'exhausted'
  /** REGISTRY_ALLOW, or the gateway's care for itself, forbids the address: nothing was sent there. */
  | 'not-allowed'

/** Whose failure it is: only a backend's counts against a backend. */
export type Party = 'backend' | 'client' | 'gateway'

/** How an attempt failed. */
export interface Failure {
  readonly party: Party
  readonly reason: FailureReason
  /** A connection that was kept had just been closed: the backend has not seen the request, and is not to blame. */
  readonly isStale: boolean
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

/** OpenSSL's and Node's codes for a handshake or a certificate that will not do. */
function isTls (code: string): boolean {
  return /^(ERR_TLS|ERR_SSL|EPROTO|CERT|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|ERROR_IN_CERT)/.test(code)
}
