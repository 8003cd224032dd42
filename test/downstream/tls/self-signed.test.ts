import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { selfSigned } from '../../../src/downstream/tls/self-signed.ts'
import { certificateOf } from '../../helpers/tls.ts'

const now = Date.parse('2026-11-26T12:00:00Z')

test('a self-signed certificate is for localhost, and valid for 30 days', () => {
  const pair = selfSigned(now)
  const { names, expiresAt } = certificateOf('localhost', pair)
  const certificate = new X509Certificate(pair.cert)
  assert.deepEqual([names, new Date(expiresAt).toISOString()], [['localhost'], '2026-12-26T12:00:00.000Z'])
  assert.equal(certificate.subjectAltName, 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
  assert.ok(certificate.verify(certificate.publicKey))
  assert.equal(certificate.ca, false)
})

test('OpenSSL reads and verifies a self-signed certificate', () => {
  const { cert } = selfSigned(Date.now())
  const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: cert, encoding: 'utf8' })
  assert.match(text, /Version: 3[^]*prime256v1[^]*DNS:localhost, IP Address:127\.0\.0\.1[^]*CA:FALSE[^]*TLS Web Server Authentication/)
})
