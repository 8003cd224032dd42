import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from 'node:crypto'

/** A body of a request to the CA (RFC 7515 section 7.2.2, RFC 8555 section 6.2). */
export interface SignedBody {
  readonly protected: string
  readonly payload: string
  readonly signature: string
}

/** What the signature is for besides the payload. */
export interface SignedHeader {
  readonly nonce: string
  readonly url: string
  /** The account's url; undefined: the CA is told the key itself. */
  readonly kid: string | undefined
}

/** The key of an account: ECDSA on P-256, which signs by ES256. */
export class AccountKey {
  readonly #key: KeyObject
  readonly #jwk: JsonWebKey
  /** What ties a challenge to this account (RFC 8555 section 8.1). */
  readonly thumbprint: string

  /** Throws where the text is not PEM of such a key. */
  constructor (pem: string) {
    this.#key = createPrivateKey(pem)
    if (this.#key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('it is not a key on the curve P-256')
    const { kty, crv, x, y } = createPublicKey(this.#key).export({ format: 'jwk' })
    this.#jwk = { crv, kty, x, y } as JsonWebKey
    this.thumbprint = thumbprintOf(this.#jwk)
  }

  /** A new one, as PEM. */
  static generate (): string {
    return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  }

  /** `payload`: what is sent as JSON; undefined: nothing, which is how the CA is asked for something (RFC 8555 section 6.3). */
  sign ({ nonce, url, kid }: SignedHeader, payload: object | undefined): SignedBody {
    const header = { alg: 'ES256', ...kid === undefined ? { jwk: this.#jwk } : { kid }, nonce, url }
    const encoded = { protected: base64url(header), payload: payload === undefined ? '' : base64url(payload) }
    const bytes = Buffer.from(`${encoded.protected}.${encoded.payload}`)
    return { ...encoded, signature: sign('sha256', bytes, { key: this.#key, dsaEncoding: 'ieee-p1363' }).toString('base64url') }
  }

  /** What a challenge with this token is answered with. */
  authorizationOf (token: string): string {
    return `${token}.${this.thumbprint}`
  }
}

/** The required members of a key in the order of their names, hashed (RFC 7638). */
export function thumbprintOf ({ kty, crv, x, y, n, e }: JsonWebKey): string {
  const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y }
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

function base64url (value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
