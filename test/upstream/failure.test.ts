import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partyOf, reasonOf } from '../../src/upstream/failure.ts'
import type { FailureReason } from '../../src/backends/failure-reason.ts'

function errorWith (code: string | undefined): Error {
  return code === undefined ? new Error('no code') : Object.assign(new Error(code), { code })
}

type WhileConnecting = Extract<FailureReason, 'refused' | 'connect-timeout' | 'tls' | 'reset' | 'unreachable' | 'exhausted'>

const whileConnecting: Record<WhileConnecting, Array<string | undefined>> = {
  refused: ['ECONNREFUSED', 'ENOENT'],
  'connect-timeout': ['ETIMEDOUT'],
  tls: [
    'EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    // Those of X509_verify_cert, as Node names them.
    'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_DECRYPT_CERT_SIGNATURE', 'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
    'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_SIGNATURE_FAILURE', 'CERT_CHAIN_TOO_LONG', 'CERT_REVOKED',
    'CERT_UNTRUSTED', 'CERT_REJECTED', 'INVALID_CA', 'INVALID_PURPOSE', 'PATH_LENGTH_EXCEEDED', 'HOSTNAME_MISMATCH',
    'ERROR_IN_CERT_NOT_BEFORE_FIELD', 'ERROR_IN_CERT_NOT_AFTER_FIELD'
  ],
  reset: ['ECONNRESET'],
  exhausted: ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'],
  unreachable: ['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EACCES', 'constructor', undefined]
}

for (const [failure, codes] of Object.entries(whileConnecting)) {
  for (const code of codes) {
    test(`${code} while connecting is "${failure}"`, () => {
      assert.equal(reasonOf(errorWith(code), false), failure)
    })
  }
}

const sslCode = 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC'

for (const code of ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EPROTO', sslCode, 'EHOSTUNREACH', undefined]) {
  test(`${code} on a connection is "reset"`, () => {
    assert.equal(reasonOf(errorWith(code), true), 'reset')
  })
}

for (const [party, reasons] of Object.entries({
  backend: ['refused', 'unreachable', 'connect-timeout', 'tls', 'reset', 'closed', 'not-http', 'response-timeout', 'body-timeout'],
  client: ['client-timeout', 'deadline'],
  gateway: ['exhausted', 'not-allowed', 'tunnel-timeout']
} as const)) {
  test(`a failure of the ${party} is one for these reasons: ${reasons.join(', ')}`, () => {
    assert.deepEqual(reasons.map(partyOf), reasons.map(() => party))
  })
}
