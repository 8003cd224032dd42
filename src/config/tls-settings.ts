/** The listener for clients that come by TLS. */
export const tlsSettings = {
  TLS_PORT: {
    type: 'string',
    pattern: '^(|[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$',
    default: '',
    description: 'port of the TLS listener (0: any free one); empty: none'
  },
  TLS_CERTIFICATES: {
    type: 'string',
    minLength: 1,
    default: 'certificates',
    description: 'folder of `NAME.crt` (PEM, with its chain) and `NAME.key`, or pairs `FILE.crt:FILE.key`, separated by commas; ' +
      'read again when they change'
  },
  TLS_DEFAULT_CERTIFICATE: {
    type: 'string',
    default: '',
    description: 'NAME of the certificate for clients that ask for no server name or an unknown one; empty: they are refused'
  },
  TLS_MIN_VERSION: { type: 'string', enum: ['1.2', '1.3'], default: '1.2', description: 'lowest version of TLS that is spoken' },
  TLS_CLIENT_AUTH: {
    type: 'string',
    enum: ['none', 'optional', 'require'],
    default: 'none',
    description: 'whether clients are asked for a certificate; `optional`: they may show none, but no wrong one'
  },
  TLS_CLIENT_CA: {
    type: 'string',
    default: '',
    description: 'PEM file of the authorities whose certificates clients may show; read again when it changes'
  },
  TLS_HSTS: {
    type: 'string',
    pattern: '^(|max-age=[0-9]{1,10}(; ?includeSubDomains)?(; ?preload)?)$',
    default: '',
    description: 'value of `Strict-Transport-Security` on responses by TLS, such as `max-age=31536000`, unless they have one; empty: none'
  },
  TLS_HANDSHAKES_PER_SECOND: {
    type: 'integer',
    minimum: 0,
    maximum: 1_000_000,
    default: 0,
    description: 'full handshakes a second; beyond it clients wait, but for those that resume a session; 0: no limit'
  },
  TLS_TICKET_SECRET: {
    type: 'string',
    pattern: '^([^]{16,})?$',
    default: '',
    description: 'the same in all gateways: sessions are resumed at any of them and after a restart; at least 16 characters, such ' +
      'as `openssl rand -hex 16` prints; empty: a new one at each start'
  },
  TLS_REDIRECT: {
    type: 'boolean',
    default: false,
    description: 'the plain listener answers 308 to `https://` on port 443, unless a trusted proxy says that its client came by https'
  }
} as const
