import { constants } from 'node:crypto'

/** Of TLS 1.2 those with forward secrecy and authenticated encryption, which all clients of today have; of TLS 1.3 all. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305'
]

/** For all handshakes, whatever the certificate. */
export const secureDefaults = {
  ciphers: ciphers.join(':'),
  // A client that asks for a second handshake on its connection would make the gateway work at no cost to itself.
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION
}
