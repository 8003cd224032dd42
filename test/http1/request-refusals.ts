import type { MessageErrorCode } from '../../src/http1/message-error.ts'
import type { RequestCase } from './request-cases.ts'

/** Bytes that must be refused. */
export interface RefusedRequest extends RequestCase {
  readonly error: MessageErrorCode
}

const get = 'GET / HTTP/1.1\r\nHost: h\r\n'
const post = 'POST / HTTP/1.1\r\nHost: h\r\n'
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`

function refused (error: MessageErrorCode, ...all: readonly string[]): RefusedRequest[] {
  return all.map((bytes) => ({ name: JSON.stringify(bytes.slice(0, 120)), bytes, error }))
}

export const refusedRequests: readonly RefusedRequest[] = [
  ...refused(
    'invalid-method', 'G@T / HTTP/1.1\r\n\r\n', 'get / HTTP/1.1\r\n\r\n', 'GETS / HTTP/1.1\r\n\r\n', ' GET / HTTP/1.1\r\n\r\n',
    'DESCRIBE rtsp://h RTSP/1.0\r\n\r\n', '\0\xff\xfe\x01', '\x16\x02\x00', 'PRI / HTTP/2.0\r\n\r\n', 'GET\t/ HTTP/1.1\r\n\r\n',
    'X'.repeat(30)
  ),
  ...refused('tls-hello', '\x16\x03', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03'),
  ...refused('http2-preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  ...refused(
    'invalid-request-line', 'GET /\r\n\r\n', 'GET  / HTTP/1.1\r\n\r\n', 'GET / a HTTP/1.1\r\n\r\n'.replace(' a ', '\ta '),
    'GET /\xe9 HTTP/1.1\r\n\r\n', 'GET /\x7f HTTP/1.1\r\n\r\n', 'GET /\0 HTTP/1.1\r\n\r\n', 'GET \r\n\r\n'
  ),
  ...refused(
    'invalid-version', 'GET / HTTP/1.2\r\n\r\n', 'GET / HTTP/2.0\r\n\r\n', 'GET / HTTP/3.0\r\n\r\n', 'GET / HTTP/0.9\r\n\r\n',
    'GET / http/1.1\r\n\r\n', 'GET /a b HTTP/1.1\r\n\r\n', 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n', 'SOURCE /x ICE/1.0\r\n\r\n',
    'GET /  HTTP/1.1\r\n\r\n', 'GET / \r\n\r\n'
  ),
  ...refused(
    'invalid-line-end', 'GET / HTTP/1.1\nHost: h\r\n\r\n', 'GET / HTTP/1.10\r\n\r\n', 'GET / HTTP/1.1 \r\n\r\n',
    'GET / HTTP/1.1\rHost: h\r\n\r\n', `${get}A: b\n\r\n`, `${get}A: b\rC: d\r\n\r\n`, `${get}\n`, '\nGET / HTTP/1.1\r\n\r\n',
    '\r\rGET / HTTP/1.1\r\n\r\n', '\rGET / HTTP/1.1\r\n\r\n'
  ),
  ...refused(
    'invalid-field-name', `${get}A : b\r\n\r\n`, `${get} A: b\r\n\r\n`, `${get}A: b\r\n c\r\n\r\n`, `${get}A: b\r\n\tc\r\n\r\n`,
    `${get}: b\r\n\r\n`, `${get}A\r\n\r\n`, `${get}A(b): c\r\n\r\n`, `${get}\xe9: c\r\n\r\n`, 'GET / HTTP/1.1\r\n Host: h\r\n\r\n'
  ),
  ...refused('invalid-field-value', `${get}A: b\0c\r\n\r\n`, `${get}A: \x7f\r\n\r\n`, `${get}A: \x0b\r\n\r\n`),
  ...refused(
    'invalid-content-length',
    ...[
      '+5', '-5', '', '5 5', '5,5', '5, 5', '0x5', '5a', '5;a', '99999999999999999999', '18446744073709551615', '9007199254740992', '5\t',
      '5 \t ', '5\r\nContent-Length: 5', '5\r\ncontent-length: 6'
    ].map((length) => `${post}Content-Length: ${length}\r\n\r\nhello`)
  ),
  ...refused(
    'invalid-transfer-encoding',
    ...[
      '', 'gzip', 'gzip, chunked', 'chunked, chunked', 'chunked, gzip', 'chunked,', 'xchunked', 'chunked;a=b', '"chunked"', 'identity',
      'chunked\t', 'chunked \t ', 'chunked\r\nTransfer-Encoding: chunked', 'chunked\r\ntransfer-encoding: identity'
    ].map((coding) => `${post}Transfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n`),
    'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
  ),
  ...refused(
    'ambiguous-framing', `${post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${post}Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n`
  ),
  ...refused(
    'invalid-chunk-size',
    ...[
      'xyz\r\n', '-1\r\n', '\r\n', ' 1\r\na', '1 \r\na', '0x1\r\na', 'fffffffffffffffff\r\n', '3\nabc', '1\r;'
    ].map((body) => `${chunked}${body}`)
  ),
  ...refused('invalid-chunk-end', `${chunked}3\r\nabcdef\r\n0\r\n\r\n`, `${chunked}3\r\nabc\n0\r\n\r\n`),
  ...refused('invalid-chunk-extension', `${chunked}3;\r\nabc\r\n0\r\n\r\n`, `${chunked}3; a\r\nabc\r\n0\r\n\r\n`, `${chunked}3;a\n\r\nabc`),
  ...refused(
    'framing-in-trailers', `${chunked}0\r\nA: b\r\ncontent-length: 5\r\n\r\n`, `${chunked}0\r\nTransfer-Encoding: chunked\r\n\r\n`
  ),
  ...refused('invalid-field-name', `${chunked}0\r\nA : b\r\n\r\n`),
  { name: 'one field too many', limits: { maxFields: 1 }, bytes: `${get}A: b\r\n\r\n`, error: 'too-many-fields' },
  { name: 'a field too many of 201', bytes: `${get}${'A: b\r\n'.repeat(200)}\r\n`, error: 'too-many-fields' },
  { name: 'a head one byte too large', limits: { maxHeadBytes: 26 }, bytes: `${get}\r\n`, error: 'head-too-large' },
  { name: 'a head of 16 KiB and one byte', bytes: `${get}A: ${'a'.repeat(16_384 - 27 - 4)}\r\n\r\n`, error: 'head-too-large' },
  { name: 'a target of 64 KiB', bytes: `GET /${'a'.repeat(65_536)} HTTP/1.1\r\n`, error: 'head-too-large' },
  { name: 'a method of 64 KiB', bytes: 'A'.repeat(65_536), error: 'invalid-method' },
  { name: 'more empty lines than allowed', bytes: '\r\n'.repeat(33), error: 'invalid-request-line' },
  { name: 'trailers that are too large', bytes: `${chunked}0\r\nA: ${'a'.repeat(20_000)}`, error: 'trailers-too-large' },
  { name: 'too many trailers', bytes: `${chunked}0\r\n${'A: b\r\n'.repeat(201)}\r\n`, error: 'too-many-fields' },
  { name: 'extensions that are too large', bytes: `${chunked}1;${'a'.repeat(20_000)}`, error: 'chunk-extensions-too-large' }
]
