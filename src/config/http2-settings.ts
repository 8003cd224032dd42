/** HTTP/2 to clients. */
export const http2Settings = {
  HTTP2: { type: 'boolean', default: true, description: 'HTTP/2 is spoken: by ALPN on `TLS_PORT`, and by prior knowledge on `PORT`' },
  H2_MAX_STREAMS: {
    type: 'integer',
    minimum: 1,
    maximum: 10_000,
    default: 100,
    description: 'requests that a client may have in flight on one connection of HTTP/2'
  },
  H2_STREAM_WINDOW_BYTES: {
    type: 'integer',
    // Less than what a client may send before it has our settings (RFC 9113 section 6.9.2) would fault those who keep to the rules.
    minimum: 65_535,
    maximum: 16_777_216,
    default: 65_535,
    description: 'what a client may send of one body by HTTP/2 before its backend takes it, in bytes; it grows while the backend keeps up'
  },
  H2_CONNECTION_WINDOW_BYTES: {
    type: 'integer',
    minimum: 65_535,
    maximum: 268_435_456,
    default: 1_048_576,
    description: 'as `H2_STREAM_WINDOW_BYTES`, for all bodies of a connection together, in bytes'
  }
} as const
