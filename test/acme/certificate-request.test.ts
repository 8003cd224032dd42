import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { certificateId } from '../../src/acme/certificate-id.ts'
import { requestCertificate } from '../../src/acme/certificate-request.ts'
import { challengeCertificate } from '../../src/acme/challenge-certificate.ts'

/** What `openssl req` says of it; it ends with 0 whatever it finds. */
function verified (csr: Buffer): { text: string, verdict: string } {
  const { stdout, stderr } = spawnSync('openssl', ['req', '-inform', 'DER', '-noout', '-verify', '-text', '-pubkey'], { input: csr })
  return { text: String(stdout), verdict: String(stderr) }
}

test('OpenSSL verifies a request for a certificate, and finds its name and key', () => {
  const { csr, key } = requestCertificate('shop.example.com')
  const { text, verdict } = verified(csr)
  assert.match(verdict, /verify OK/)
  assert.match(text, /DNS:shop\.example\.com\n/)
  assert.match(text, /ASN1 OID: prime256v1/)
  assert.match(text, /Signature Algorithm: ecdsa-with-SHA256/)
  assert.ok(text.includes(createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'pem' }) as string))
  csr.write('shoq', csr.indexOf('shop'))
  assert.match(verified(csr).verdict, /verify failure/)
})

test('the certificate of a challenge has the hash of its answer in a critical extension', () => {
  const { cert, key } = challengeCertificate('shop.example.com', 'token.thumbprint', Date.now())
  const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: cert, encoding: 'utf8' })
  assert.match(text, /1\.3\.6\.1\.5\.5\.7\.1\.31: critical/)
  assert.match(text, /DNS:shop\.example\.com\n/)
  const certificate = new X509Certificate(cert)
  assert.ok(certificate.checkPrivateKey(createPrivateKey(key)))
  const hash = execFileSync('openssl', ['dgst', '-sha256', '-binary'], { input: 'token.thumbprint' })
  assert.ok(certificate.raw.includes(Buffer.concat([Buffer.from([4, 34, 4, 32]), hash])))
})

/** RFC 9773, appendix A. */
const example = `-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
`

test('the id of a certificate is that of RFC 9773, and one without its CA\'s key has none', () => {
  assert.equal(certificateId(example), 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE')
  assert.equal(certificateId(challengeCertificate('a.test', 'x', 0).cert), undefined)
})
