import { AddressRefusedError } from './guard.ts'

/** Why an attempt failed, in the words that logs and metrics use. */
export type Failure =
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
  /** The gateway has no descriptor or memory left for another socket: nobody else's fault. */
  | 'exhausted'
  /** REGISTRY_ALLOW, or the gateway's care for itself, forbids the address: nothing was sent there. */
  | 'not-allowed'

/** The failure that a socket error amounts to; `isConnected` tells whether there was a connection yet. */
export function failureOf (error: Error, isConnected: boolean): Failure {
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return 'refused'
  if (error instanceof AddressRefusedError) return 'not-allowed'
  if (isConnected) return 'reset'
  if (ownLimits.has(code)) return 'exhausted'
  if (code === 'ETIMEDOUT') return 'connect-timeout'
  if (isTls(code)) return 'tls'
  return code === 'ECONNRESET' ? 'reset' : 'unreachable'
}

/** Failures that tell nothing of the backend, since it was never asked. */
export function isGatewaysOwn (failure: Failure): boolean {
  return failure === 'exhausted' || failure === 'not-allowed'
}

const ownLimits: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])

/** OpenSSL's and Node's codes for a handshake or a certificate that will not do. */
function isTls (code: string): boolean {
  return /^(ERR_TLS|ERR_SSL|EPROTO|CERT|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|ERROR_IN_CERT)/.test(code)
}
