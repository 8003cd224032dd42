import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { remembered } from '../../base/remembered.ts'
import { distinguishedName, dnsNamesIn } from './names.ts'
import { secureDefaults } from './secure-defaults.ts'

/** A certificate with its chain and its key, as PEM. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

/** A certificate that can be served. */
export interface Certificate {
  /** What operators call it: the name of its files. */
  readonly name: string
  /** The server names that it is for, lower case; with wildcards. */
  readonly names: readonly string[]
  /** In ms since the epoch. */
  readonly validFrom: number
  readonly expiresAt: number
  /** Who has signed it, as RFC 4514 writes names. */
  readonly issuer: string
  readonly serialNumber: string
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string
  readonly context: SecureContext
  /** For connections whose clients are asked for certificates that these authorities, as PEM, have signed. */
  contextWith (ca: string): SecureContext
}

/** Makes a certificate of its files' texts, or returns what is wrong with them, as a phrase. A context costs about a millisecond. */
export function readCertificate (name: string, { cert, key }: CertificatePair): Certificate | string {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(cert)
  } catch {
    return 'the certificate is not PEM of an X.509 certificate'
  }
  try {
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return 'the key does not match the certificate'
  } catch {
    return 'the key is not PEM of a private key without a passphrase'
  }
  try {
    const { subjectAltName, validFrom, validTo, issuer, serialNumber, fingerprint256 } = certificate
    return {
      name,
      names: dnsNamesIn(subjectAltName),
      validFrom: Date.parse(validFrom),
      expiresAt: Date.parse(validTo),
      issuer: distinguishedName(issuer),
      serialNumber,
      fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
      context: createSecureContext({ ...secureDefaults, cert, key }),
      contextWith: remembered((ca) => createSecureContext({ ...secureDefaults, cert, key, ca }))
    }
  } catch (error) {
    return `OpenSSL refuses it: ${(error as Error).message}`
  }
}
