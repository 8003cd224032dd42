import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { bitString, der, extension, GENERALIZED_TIME, INTEGER, oid, pem, SEQUENCE, SET, UTF8_STRING } from '../../base/der.ts'
import type { CertificatePair } from './certificate.ts'

const ecdsaWithSha256 = '2a8648ce3d040302'
const commonName = '550403'
const subjectAltName = '551d11'
const basicConstraints = '551d13'
const extendedKeyUsage = '551d25'
const serverAuth = '2b06010505070301'

/** Kinds of names in subjectAltName (RFC 5280 section 4.2.1.6). */
const DNS_NAME = 0x82
const IP_ADDRESS = 0x87

const dayMs = 86_400_000

export interface SelfSignedOptions {
  readonly name: string
  /** What it is for besides its name. */
  readonly addresses?: readonly Buffer[]
  /** Extensions that it has besides the usual ones. */
  readonly extensions?: readonly Buffer[]
}

/** A certificate for localhost, 127.0.0.1 and ::1 that nobody has signed, for development. */
export function selfSigned (now: number): CertificatePair {
  const addresses = [Buffer.from([127, 0, 0, 1]), Buffer.from([...new Uint8Array(15), 1])]
  return selfSignedFor({ name: 'localhost', addresses }, now)
}

/**
 * A certificate that nobody has signed, with its key (P-256): valid for 30 days from `now`, in ms since the epoch. Node makes keys but
 * no certificates; this is RFC 5280 section 4.1 in DER.
 */
export function selfSignedFor ({ name, addresses = [], extensions = [] }: SelfSignedOptions, now: number): CertificatePair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(SEQUENCE, oid(ecdsaWithSha256))
  // A common name has at most 64 characters; what counts is subjectAltName.
  const subject = der(SEQUENCE, der(SET, der(SEQUENCE, oid(commonName), der(UTF8_STRING, Buffer.from(name.slice(0, 64))))))
  const signedPart = der(SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.from([2]))), // version 3
    der(INTEGER, positive(randomBytes(16))),
    algorithm,
    subject,
    der(SEQUENCE, time(now - dayMs), time(now + 30 * dayMs)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE,
      extension(subjectAltName, der(SEQUENCE, der(DNS_NAME, Buffer.from(name)), ...addresses.map((bytes) => der(IP_ADDRESS, bytes)))),
      extension(basicConstraints, der(SEQUENCE), true),
      extension(extendedKeyUsage, der(SEQUENCE, oid(serverAuth))),
      ...extensions
    ))
  )
  const signature = sign('sha256', signedPart, { key: privateKey, dsaEncoding: 'der' })
  const certificate = der(SEQUENCE, signedPart, algorithm, bitString(signature))
  return { cert: pem('CERTIFICATE', certificate), key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }
}

/** As DER wants a number that is not negative, without superfluous zeros. */
function positive (bytes: Buffer): Buffer {
  bytes[0] = bytes[0]! & 0x7f | 0x40
  return bytes
}

function time (at: number): Buffer {
  return der(GENERALIZED_TIME, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]|\.\d+Z/g, '')}Z`))
}
