import { generateKeyPairSync, sign } from 'node:crypto'
import { bitString, der, extension, INTEGER, oid, SEQUENCE, SET } from '../base/der.ts'

const ecdsaWithSha256 = '2a8648ce3d040302'
const extensionRequest = '2a864886f70d01090e'
const subjectAltName = '551d11'

const DNS_NAME = 0x82

export interface CertificateRequest {
  /** DER. */
  readonly csr: Buffer
  /** The private key of the certificate to be, as PEM. */
  readonly key: string
}

/** Asks for a certificate for this name (RFC 2986), with a new key on P-256. The subject is empty: CAs read subjectAltName only. */
export function requestCertificate (name: string): CertificateRequest {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const names = extension(subjectAltName, der(SEQUENCE, der(DNS_NAME, Buffer.from(name))))
  const signedPart = der(SEQUENCE,
    der(INTEGER, Buffer.from([0])), // version 1
    der(SEQUENCE), // subject
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa0, der(SEQUENCE, oid(extensionRequest), der(SET, der(SEQUENCE, names))))
  )
  const signature = sign('sha256', signedPart, { key: privateKey, dsaEncoding: 'der' })
  const csr = der(SEQUENCE, signedPart, der(SEQUENCE, oid(ecdsaWithSha256)), bitString(signature))
  return { csr, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }
}
