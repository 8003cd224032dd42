// TLS in the admin API; like wire.ts, for the gateway and the page.

/** TLS with clients (`GET /api/tls`). Without TLS_PORT, `isEnabled` is false and there is nothing in the rest. */
export interface Tls {
  readonly isEnabled: boolean
  readonly certificates: readonly TlsCertificate[]
  /** Files that cannot be used now, and names for which no certificate has been issued. Under such a name, an older one may be in force. */
  readonly problems: ReadonlyArray<{ readonly name: string, readonly problem: string }>
  /** What clients are asked for: those of a host, and at last, with null for it, all others. */
  readonly clientPolicies: readonly TlsClientPolicy[]
  /** Since the start of the gateway; null without TLS_PORT. */
  readonly handshakes: TlsHandshakes | null
}

/** A certificate in force. */
export interface TlsCertificate {
  readonly name: string
  /** The server names that it is for, with wildcards. */
  readonly names: readonly string[]
  readonly source: 'file' | 'acme' | 'self-signed'
  /** It is for clients that ask for no name, or for an unknown one. */
  readonly isDefault: boolean
  /** As RFC 4514 writes names. */
  readonly issuer: string
  readonly serialNumber: string
  /** SHA-256, lower-case hex. */
  readonly fingerprint: string
  /** ISO 8601. */
  readonly notBefore: string
  readonly notAfter: string
  /** Whole days; below 0: it has expired. */
  readonly daysLeft: number
  /** The last warning that is due, in days before; 0: it has expired. One that the gateway renews is warned of only when that is late. */
  readonly warning: 30 | 14 | 3 | 1 | 0 | null
}

export interface TlsClientPolicy {
  readonly host: string | null
  readonly clientAuth: 'none' | 'optional' | 'require'
  /** The file of the authorities; null where clients are not asked. */
  readonly clientCa: string | null
}

export interface TlsHandshakes {
  readonly full: number
  readonly resumed: number
  /** By reason. */
  readonly failed: Readonly<Record<string, number>>
  /** Begun and not completed yet, those that wait included. */
  readonly pending: number
  /** Held back by the limit. */
  readonly waiting: number
  /** TLS_HANDSHAKES_PER_SECOND; null: there is no limit. */
  readonly limitPerSecond: number | null
}
