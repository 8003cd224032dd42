import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCertificate, type Certificate } from '../../../src/downstream/tls/certificate.ts'
import { Certificates } from '../../../src/downstream/tls/certificates.ts'
import { signed, signedForAnother, untrusted } from '../../helpers/certificate.ts'

function certificate (name: string, pair: { cert: string, key: string }): Certificate {
  const read = readCertificate(name, pair)
  assert.ok(typeof read === 'object', String(read))
  return read
}

test('a certificate tells its names and when it expires', () => {
  const { names, expiresAt } = certificate('a', untrusted)
  assert.deepEqual([names, new Date(expiresAt).toISOString()], [['localhost'], '2126-10-30T05:16:48.000Z'])
})

for (const [what, pair, problem] of [
  ['a key of another certificate', { cert: signed.cert, key: untrusted.key }, /key does not match/],
  ['a certificate that is none', { cert: 'x', key: signed.key }, /certificate is not PEM/],
  ['a key that is none', { cert: signed.cert, key: '' }, /key is not PEM/]
] as const) {
  test(`${what} is a problem, not an exception`, () => {
    assert.match(readCertificate('a', pair) as string, problem)
  })
}

test('a client that asks for an unknown name or for none gets no certificate unless a default is named', () => {
  const all = [certificate('here', signed), certificate('elsewhere', signedForAnother)]
  const strict = new Certificates()
  const lenient = new Certificates()
  strict.replace(all)
  lenient.replace(all, 'elsewhere')
  const chosen = (each: Certificates) => ['localhost', 'Elsewhere.test', 'unknown.test', undefined].map((name) => each.choose(name)?.name)
  assert.deepEqual(chosen(strict), ['here', 'elsewhere', undefined, undefined])
  assert.deepEqual(chosen(lenient), ['here', 'elsewhere', 'elsewhere', 'elsewhere'])
})

test('of two certificates for one name the one that expires last is served, and one that is replaced no more', () => {
  const certificates = new Certificates()
  const late = certificate('late', untrusted)
  const early = certificate('early', signed)
  certificates.replace([late, early])
  assert.equal(certificates.choose('localhost'), late)
  certificates.replace([early])
  assert.equal(certificates.choose('localhost'), early)
})
