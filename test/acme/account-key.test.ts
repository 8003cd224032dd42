import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import { AccountKey, thumbprintOf } from '../../src/acme/account-key.ts'

function decode (text: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(text, 'base64url').toString())
}

test('the thumbprint is that of RFC 7638 section 3.1', () => {
  assert.equal(thumbprintOf({
    kty: 'RSA',
    n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst' +
      'n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91' +
      'CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    e: 'AQAB',
    alg: 'RS256',
    kid: '2011-04-29'
  } as never), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
})

test('what a key signs can be verified by the key that it names', () => {
  const key = new AccountKey(AccountKey.generate())
  const signed = key.sign({ nonce: 'n-1', url: 'https://ca.test/new-account', kid: undefined }, { contact: ['mailto:a@b.test'] })
  const { jwk, ...header } = decode(signed.protected)
  assert.deepEqual(header, { alg: 'ES256', nonce: 'n-1', url: 'https://ca.test/new-account' })
  assert.deepEqual(decode(signed.payload), { contact: ['mailto:a@b.test'] })
  const publicKey = createPublicKey({ key: jwk as never, format: 'jwk' })
  const isRight = (payload: string): boolean => verify('sha256', Buffer.from(`${signed.protected}.${payload}`),
    { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signed.signature, 'base64url'))
  assert.deepEqual([isRight(signed.payload), isRight('')], [true, false])
  assert.equal(thumbprintOf(jwk as never), key.thumbprint)
  assert.equal('d' in (jwk as object), false)
})

test('with an account, its url stands for the key, and a payload that is left out is empty', () => {
  const key = new AccountKey(AccountKey.generate())
  const signed = key.sign({ nonce: 'n', url: 'https://ca.test/order/1', kid: 'https://ca.test/account/1' }, undefined)
  assert.deepEqual(decode(signed.protected), { alg: 'ES256', kid: 'https://ca.test/account/1', nonce: 'n', url: 'https://ca.test/order/1' })
  assert.equal(signed.payload, '')
})

test('a key that is read again is the same, and one of another kind is refused', () => {
  const pem = AccountKey.generate()
  assert.equal(new AccountKey(pem).authorizationOf('token'), `token.${new AccountKey(pem).thumbprint}`)
  assert.throws(() => new AccountKey('nothing'))
})
