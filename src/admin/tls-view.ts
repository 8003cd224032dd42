import type { Certificate } from '../downstream/tls/certificate.ts'
import type { ClientAuth } from '../downstream/tls/client-auth.ts'
import { daysUntil } from '../downstream/tls/expiry.ts'
import type { TlsCertificate, TlsClientPolicy } from './wire.ts'

/** A certificate as the API shows it at `now`, in ms since the epoch. */
export function viewCertificate (
  { name, names, issuer, serialNumber, fingerprint, validFrom, expiresAt }: Certificate,
  now: number,
  { source, isDefault, warning }: Pick<TlsCertificate, 'source' | 'isDefault' | 'warning'>
): TlsCertificate {
  return {
    name,
    names,
    source,
    isDefault,
    issuer,
    serialNumber,
    fingerprint,
    notBefore: new Date(validFrom).toISOString(),
    notAfter: new Date(expiresAt).toISOString(),
    daysLeft: Math.floor(daysUntil(expiresAt, now)),
    warning
  }
}

/** `host` undefined: of all that have none of their own. */
export function viewPolicy (
  { host, auth, caFile }: { readonly host: string | undefined, readonly auth: ClientAuth, readonly caFile: string | undefined }
): TlsClientPolicy {
  return { host: host ?? null, clientAuth: auth, clientCa: auth === 'none' ? null : caFile ?? null }
}
