import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import {
  bitString, der, derValues, extension, GENERALIZED_TIME, INTEGER, oid, pem, SEQUENCE, SET, UTF8_STRING
} from '../../src/base/der.ts'

const ecdsaWithSha256 = der(SEQUENCE, oid('2a8648ce3d040302'))
const commonName = '550403'
const subjectAltName = '551d11'
const authorityKeyIdentifier = '551d23'

/** Signs certificates as a CA does. */
export class TestIssuer {
  readonly #key: KeyObject
  readonly #keyId: Buffer
  #serial = 0x0100

  constructor () {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#key = privateKey
    this.#keyId = createHash('sha1').update(publicKey.export({ type: 'spki', format: 'der' })).digest()
  }

  /** For the key of this request, as PEM. Times in ms since the epoch. */
  issue (csr: Buffer, name: string, validFrom: number, expiresAt: number): string {
    const signed = derValues(derValues(csr)[0]!.content)[0]!
    const key = derValues(signed.content)[2]!
    const serial = Buffer.alloc(2)
    serial.writeUInt16BE(this.#serial++)
    const issuer = der(SEQUENCE, der(SET, der(SEQUENCE, oid(commonName), der(UTF8_STRING, Buffer.from('test CA')))))
    const body = der(SEQUENCE,
      der(0xa0, der(INTEGER, Buffer.from([2]))),
      der(INTEGER, serial),
      ecdsaWithSha256,
      issuer,
      der(SEQUENCE, time(validFrom), time(expiresAt)),
      der(SEQUENCE),
      der(key.tag, key.content),
      der(0xa3, der(SEQUENCE,
        extension(subjectAltName, der(SEQUENCE, der(0x82, Buffer.from(name)))),
        extension(authorityKeyIdentifier, der(SEQUENCE, der(0x80, this.#keyId)))
      ))
    )
    const signature = sign('sha256', body, { key: this.#key, dsaEncoding: 'der' })
    return pem('CERTIFICATE', der(SEQUENCE, body, ecdsaWithSha256, bitString(signature)))
  }
}

function time (at: number): Buffer {
  return der(GENERALIZED_TIME, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]|\.\d+Z/g, '')}Z`))
}
