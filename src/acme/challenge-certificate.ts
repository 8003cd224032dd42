import { createHash } from 'node:crypto'
import { der, extension, OCTET_STRING } from '../base/der.ts'
import type { CertificatePair } from '../downstream/tls/certificate.ts'
import { selfSignedFor } from '../downstream/tls/self-signed.ts'

const acmeIdentifier = '2b0601050507011f'

/** Proves to a CA that connects by `acme-tls/1` that this is the server of a name (RFC 8737 section 3). `now`: in ms since the epoch. */
export function challengeCertificate (name: string, keyAuthorization: string, now: number): CertificatePair {
  const hash = createHash('sha256').update(keyAuthorization).digest()
  return selfSignedFor({ name, extensions: [extension(acmeIdentifier, der(OCTET_STRING, hash), true)] }, now)
}
