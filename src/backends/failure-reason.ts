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
  /** The client's `grpc-timeout` has passed. */
  | 'deadline'
  /** The gateway has no descriptor or memory left for another socket. */
  | 'exhausted'
  /** REGISTRY_ALLOW, or the gateway's care for itself, forbids the address: nothing was sent there. */
  | 'not-allowed'

/** What failed, for an operator. */
export const failureWords: Readonly<Record<FailureReason, string>> = {
  refused: 'connection refused',
  unreachable: 'host unreachable',
  'connect-timeout': 'no connection in time',
  tls: 'TLS handshake failed',
  reset: 'connection reset',
  closed: 'connection closed',
  'not-http': 'not HTTP',
  'response-timeout': 'no response in time',
  'body-timeout': 'body stalled',
  'client-timeout': 'client too slow',
  'tunnel-timeout': 'tunnel idle',
  deadline: 'the client waits no longer',
  exhausted: 'the gateway is out of sockets',
  'not-allowed': 'address not allowed'
}
