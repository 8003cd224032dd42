/** Retries, the queue, limits and timeouts: what bounds a request and its connections. */
export const trafficSettings = {
  RETRIES: {
    type: 'integer',
    minimum: 0,
    maximum: 100,
    default: 2,
    description: 'maximum number of retries of a failed request, where a retry is safe'
  },
  RETRY_BUDGET_PERCENT: {
    type: 'integer',
    minimum: 0,
    maximum: 100,
    default: 20,
    description: 'cap on retries of requests that reached a backend, in percent of the requests of the last 10 s; 3 are always allowed'
  },
  RETRY_BODY_BYTES: {
    type: 'integer',
    minimum: 0,
    maximum: 1_073_741_824,
    default: 65_536,
    description: 'a request with a longer body is not retried once any of it was sent'
  },
  MAX_REQUESTS_PER_BACKEND: {
    type: 'integer',
    minimum: 1,
    maximum: 1_000_000,
    default: 1024,
    description: 'maximum number of requests in flight at one backend; when all backends have that many, requests wait'
  },
  QUEUE_SIZE: {
    type: 'integer',
    minimum: 0,
    maximum: 1_000_000,
    default: 1024,
    description: 'maximum number of requests that wait for a backend (0: none); beyond it: 503'
  },
  QUEUE_TIMEOUT_MS: {
    type: 'integer',
    minimum: 1,
    maximum: 3_600_000,
    default: 5000,
    description: 'maximum time a request waits for a backend; then: 503'
  },
  MAX_CLIENT_CONNECTIONS: {
    type: 'integer',
    minimum: 0,
    maximum: 10_000_000,
    default: 0,
    description: 'maximum number of client connections; more are refused (0: 3/8 of the open-file limit; requests ' +
      'to backends need as many, and a quarter is kept for the admin listener and health checks)'
  },
  MAX_BODY_BYTES: {
    type: 'integer',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    default: 0,
    description: 'maximum length of a request body (0: no limit); beyond it: 413'
  },
  KEEP_ALIVE_TIMEOUT_MS: {
    type: 'integer',
    minimum: 0,
    maximum: 3_600_000,
    default: 72_000,
    description: 'how long an idle client connection is kept open'
  },
  REQUEST_HEADER_TIMEOUT_MS: {
    type: 'integer',
    minimum: 1,
    maximum: 3_600_000,
    default: 10_000,
    description: 'a client that sends no complete header block within this time gets 408'
  },
  ABORT_ON_CLIENT_END: {
    type: 'boolean',
    default: false,
    description: 'treat a client that half-closes its connection after its request as gone instead of answering it'
  },
  TRUST_PROXY: {
    type: 'string',
    default: 'false',
    description: '`true`, `false`, or addresses and CIDRs whose forwarding headers are trusted'
  },
  PROXY_PROTOCOL: {
    type: 'string',
    default: '',
    description: 'addresses and CIDRs whose connections must begin with a header of the PROXY protocol; from others none is read'
  },
  CONNECT_TIMEOUT_MS: {
    type: 'integer',
    minimum: 1,
    maximum: 3_600_000,
    default: 2000,
    description: 'maximum time to connect to a backend; then the next one is tried'
  },
  RESPONSE_TIMEOUT_MS: {
    type: 'integer',
    minimum: 1,
    maximum: 3_600_000,
    default: 30_000,
    description: 'maximum time from the end of a request to the header block of the response; then: 504'
  },
  BODY_IDLE_TIMEOUT_MS: {
    type: 'integer',
    minimum: 1,
    maximum: 3_600_000,
    default: 60_000,
    description: 'longest pause within a body, in either direction'
  },
  TUNNEL_IDLE_TIMEOUT_MS: {
    type: 'integer',
    minimum: 1,
    maximum: 86_400_000,
    default: 300_000,
    description: 'a WebSocket or other upgraded connection is cut after this time without a byte'
  },
  UPSTREAM_KEEP_ALIVE_MS: {
    type: 'integer',
    minimum: 0,
    maximum: 3_600_000,
    default: 4000,
    description: 'how long an idle connection to a backend is kept open'
  }
} as const
