import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { CertificatePair } from './certificate.ts'

const SEQUENCE = 0x30
const SET = 0x31
const INTEGER = 2
const BOOLEAN = 1
const BIT_STRING = 3
const OCTET_STRING = 4
const OID = 6
const UTF8_STRING = 12
const GENERALIZED_TIME = 24

const ecdsaWithSha256 = '2a8648ce3d040302'
const commonName = '550403'
const subjectAltName = '551d11'
const basicConstraints = '551d13'
const extendedKeyUsage = '551d25'
const serverAuth = '2b06010505070301'

const dayMs = 86_400_000

/**
 * A certificate for localhost, 127.0.0.1 and ::1 that nobody has signed, with its key (P-256), for development: valid for 30 days from
 * `now`, in ms since the epoch. Node makes keys but no certificates; this is RFC 5280 section 4.1 in DER.
 */
export function selfSigned (now: number): CertificatePair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(SEQUENCE, oid(ecdsaWithSha256))
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, oid(commonName), der(UTF8_STRING, Buffer.from('localhost')))))
  const signedPart = der(SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.from([2]))), // version 3
    der(INTEGER, positive(randomBytes(16))),
    algorithm,
    name,
    der(SEQUENCE, time(now - dayMs), time(now + 30 * dayMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE,
      extension(subjectAltName, der(SEQUENCE,
        der(0x82, Buffer.from('localhost')),
        der(0x87, Buffer.from([127, 0, 0, 1])),
        der(0x87, Buffer.from([...new Uint8Array(15), 1])))),
      der(SEQUENCE, oid(basicConstraints), der(BOOLEAN, Buffer.from([255])), der(OCTET_STRING, der(SEQUENCE))),
      extension(extendedKeyUsage, der(SEQUENCE, oid(serverAuth)))
    ))
  )
  const signature = sign('sha256', signedPart, { key: privateKey, dsaEncoding: 'der' })
  const certificate = der(SEQUENCE, signedPart, algorithm, der(BIT_STRING, Buffer.from([0]), signature))
  return { cert: pem(certificate), key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }
}

function der (tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function oid (hex: string): Buffer {
  return der(OID, Buffer.from(hex, 'hex'))
}

function extension (id: string, value: Buffer): Buffer {
  return der(SEQUENCE, oid(id), der(OCTET_STRING, value))
}

/** As DER wants a number that is not negative, without superfluous zeros. */
function positive (bytes: Buffer): Buffer {
  bytes[0] = bytes[0]! & 0x7f | 0x40
  return bytes
}

function time (at: number): Buffer {
  return der(GENERALIZED_TIME, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]|\.\d+Z/g, '')}Z`))
}

function pem (bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) as string[]
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
