import type { FailureReason } from './failure.ts'

/** What failed, for an operator. */
export const failureWords: Readonly<Record<FailureReason, string>> = {
  refused: 'connection refused',
  unreachable: 'host cannot be reached',
  'connect-timeout': 'not connected in time',
  tls: 'TLS handshake failed',
  reset: 'connection reset',
  closed: 'connection closed',
  'not-http': 'not HTTP',
  'response-timeout': 'no answer in time',
  'body-timeout': 'body stalled',
  'client-timeout': 'client too slow',
  'tunnel-timeout': 'tunnel idle',
  exhausted: 'the gateway has no socket left',
  'not-allowed': 'address not allowed'
}
