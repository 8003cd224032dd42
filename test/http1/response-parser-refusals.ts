import type { MessageErrorCode } from '../../src/http1/message-error.ts'
import type { Exchange } from './response-recorder.ts'

/** Bytes a backend may send and that must be refused, with what was handed out before. */
export interface RefusedCase extends Exchange {
  readonly name: string
  readonly bytes: string
  readonly error: MessageErrorCode
  /** '' when left out. */
  readonly body?: string
}

const ok = 'HTTP/1.1 200 OK\r\n'
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`
const switching = 'HTTP/1.1 101 Switching Protocols\r\n'

export const refusedCases: RefusedCase[] = [
  ...[
    '', 'H', 'HTTP/1.1', 'HTTP/1.1 200', ok, `${ok}A`, `${ok}A: b`, `${ok}A: b\r`, `${ok}A: b\r\n`, `${ok}A: b\r\n\r`,
    'HTTP/1.1 100 Continue\r\n\r\n'
  ].map((bytes) => ({ name: `the end within the head: ${JSON.stringify(bytes)}`, bytes, error: 'truncated' as const })),
  { name: 'the end within a body of known length', bytes: `${ok}Content-Length: 5\r\n\r\nhell`, error: 'truncated', body: 'hell' },
  ...[
    '', '5', '5\r', '5\r\n', '5;a', '5\r\nhello', '5\r\nhello\r', '5\r\nhello\r\n', '5\r\nhello\r\n0', '5\r\nhello\r\n0\r\n',
    '5\r\nhello\r\n0\r\n\r', '5\r\nhello\r\n0\r\nA: b\r\n'
  ].map((bytes) => (
    {
      name: `the end within a chunked body: ${JSON.stringify(bytes)}`,
      bytes: `${chunked}${bytes}`,
      error: 'truncated' as const,
      body: bytes.includes('hello') ? 'hello' : ''
    }
  )),

  ...[
    '\r\nHTTP/1.1 200 OK\r\n\r\n', '\nHTTP/1.1 200 OK\r\n\r\n', ' HTTP/1.1 200 OK\r\n\r\n', 'SSH-2.0-OpenSSH_9.2\r\n',
    '\x15\x03\x01\x00\x02\x02\x16', 'hello',
    'http/1.1 200 OK\r\n\r\n', 'HTTP/2.0 200 OK\r\n\r\n', 'HTTP/1.2 200 OK\r\n\r\n', 'HTTP/0.9 200 OK\r\n\r\n',
    'HTTP/1.10 200 OK\r\n\r\n', 'HTTP/11 200 OK\r\n\r\n',
    'HTTP/1.1  200 OK\r\n\r\n', 'HTTP/1.1\t200 OK\r\n\r\n', 'HTTP/1.1 20 OK\r\n\r\n', 'HTTP/1.1 2000 OK\r\n\r\n',
    'HTTP/1.1 +20 OK\r\n\r\n', 'HTTP/1.1 200OK\r\n\r\n',
    'HTTP/1.1 200\tOK\r\n\r\n', 'HTTP/1.1 200 O\0K\r\n\r\n', 'HTTP/1.1 200 O\x7fK\r\n\r\n', 'HTTP/1.1 2\xb20 OK\r\n\r\n',
    'ICY 200 OK\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n'
  ].map((bytes) => ({ name: `the status line ${JSON.stringify(bytes)}`, bytes, error: 'invalid-status-line' as const })),
  ...['000', '001', '099', '600', '999'].map((status) => (
    { name: `status ${status}`, bytes: `HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`, error: 'invalid-status-code' as const }
  )),

  ...[
    'HTTP/1.1 200 OK\n\n', 'HTTP/1.1 200 OK\rA: b\r\n\r\n', 'HTTP/1.1 200\n\r\n', `${ok}A: b\n\r\n`, `${ok}A: b\rc\r\n\r\n`,
    `${ok}A: b\r\r\n\r\n`, `${ok}\n`, `${ok}A: b\r\n\n`, `${ok}A: b\r\n\rx`
  ].map((bytes) => (
    { name: `the line end ${JSON.stringify(bytes)}`, bytes, error: 'invalid-line-end' as const }
  )),
  ...[
    ': b', ' A: b', '\tA: b', 'A : b', 'A\t: b', 'A', 'A b: c', 'A\0: b', '(A): b', 'A/: b', '\xe9: b', '"A": b', 'A@: b', 'A\x7f: b',
    'B: c\r\n  folded'
  ].map((line) => (
    {
      name: `the field line ${JSON.stringify(line)}`,
      bytes: `${ok}${line}\r\nContent-Length: 0\r\n\r\n`,
      error: 'invalid-field-name' as const
    }
  )),
  ...['b\0', '\0', 'b\x01c', 'b\x0bc', 'b\x0c', '\x1b[2J', 'b\x7fc', '\x08'].map((value) => (
    {
      name: `the value ${JSON.stringify(value)}`,
      bytes: `${ok}A: ${value}\r\nContent-Length: 0\r\n\r\n`,
      error: 'invalid-field-value' as const
    }
  )),

  { name: 'one field line too many', limits: { maxHeaders: 1 }, bytes: `${ok}A: 1\r\nB: 2\r\n\r\n`, error: 'too-many-fields' },
  {
    name: 'a head one byte too large', limits: { maxHeadBytes: 37 }, bytes: `${ok}Content-Length: 5\r\n\r\nhello`, error: 'head-too-large'
  },
  {
    name: 'a status line that never ends',
    limits: { maxHeadBytes: 64 },
    eof: false,
    bytes: `HTTP/1.1 200 ${'a'.repeat(100)}`,
    error: 'head-too-large'
  },
  {
    name: 'a value that never ends', limits: { maxHeadBytes: 64 }, eof: false, bytes: `${ok}A: ${'a'.repeat(100)}`, error: 'head-too-large'
  },
  {
    name: 'a head that never ends',
    limits: { maxHeadBytes: 64 },
    eof: false,
    bytes: `${ok}${'A: b\r\n'.repeat(20)}`,
    error: 'head-too-large'
  },
  {
    name: 'an informational head that is too large',
    limits: { maxHeadBytes: 64 },
    bytes: `HTTP/1.1 103 Early Hints\r\nA: ${'a'.repeat(64)}\r\n\r\n`,
    error: 'head-too-large'
  },

  ...[
    '', ' ', 'x', '5x', '+5', '-5', '5.0', '0x5', '5 5', '5,', ',5', '5,,5', '5,6', '5, 5, 6', '1e3', '\xb2', '9007199254740992',
    '99999999999999999999', '18446744073709551621', '5;5', '"5"', '5,\xa05'
  ].map((value) => (
    { name: `Content-Length: ${value}`, bytes: `${ok}Content-Length: ${value}\r\n\r\nhello`, error: 'invalid-content-length' as const }
  )),
  { name: 'two lengths', bytes: `${ok}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`, error: 'invalid-content-length' },
  {
    name: 'two lengths in response to HEAD',
    method: 'HEAD',
    bytes: `${ok}Content-Length: 5\r\nContent-Length: 6\r\n\r\n`,
    error: 'invalid-content-length'
  },
  ...[
    '', 'identity', 'gzip', 'gzip, chunked', 'chunked, gzip', 'chunked, chunked', 'chunked,', ',chunked', 'chunked;a=b', 'xchunked',
    'chunkedx', 'chunked\xa0', '"chunked"', 'chun\tked'
  ].map((value) => (
    {
      name: `Transfer-Encoding: ${value}`,
      bytes: `${ok}Transfer-Encoding: ${value}\r\n\r\n0\r\n\r\n`,
      error: 'invalid-transfer-encoding' as const
    }
  )),
  {
    name: 'chunked in two lines',
    bytes: `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    error: 'invalid-transfer-encoding'
  },
  {
    name: 'gzip and chunked in two lines',
    bytes: `${ok}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    error: 'invalid-transfer-encoding'
  },
  {
    name: 'chunked in HTTP/1.0',
    bytes: 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    error: 'invalid-transfer-encoding'
  },
  {
    name: 'chunked and a length',
    bytes: `${ok}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
    error: 'ambiguous-framing'
  },
  {
    name: 'a length and chunked',
    bytes: `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    error: 'ambiguous-framing'
  },
  {
    name: 'chunked and a length in a 304',
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    error: 'ambiguous-framing'
  },

  { name: '100 with a length', bytes: `HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello${ok}\r\n`, error: 'invalid-informational' },
  {
    name: '103 chunked',
    bytes: `HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${ok}\r\n`,
    error: 'invalid-informational'
  },
  {
    name: '101 chunked',
    upgrade: true,
    bytes: `${switching}Upgrade: websocket\r\nConnection: Upgrade\r\nTransfer-Encoding: chunked\r\n\r\n`,
    error: 'invalid-informational'
  },
  {
    name: 'one informational response too many',
    limits: { maxInformational: 1 },
    bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n${ok}\r\n`,
    error: 'too-many-informational'
  },
  {
    name: '101 that nobody asked for', bytes: `${switching}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`, error: 'unexpected-upgrade'
  },
  { name: '101 without Upgrade', upgrade: true, bytes: `${switching}Connection: Upgrade\r\nA: upgrade\r\n\r\n`, error: 'invalid-upgrade' },
  {
    name: '101 with an empty Upgrade',
    upgrade: true,
    bytes: `${switching}Upgrade: \r\nConnection: Upgrade\r\n\r\n`,
    error: 'invalid-upgrade'
  },
  { name: '101 without Connection: upgrade', upgrade: true, bytes: `${switching}Upgrade: websocket\r\n\r\n`, error: 'invalid-upgrade' },

  ...[
    '\r\n', ' 5\r\nhello', '5 \r\nhello', '+5\r\nhello', '-5\r\nhello', '0x5\r\nhello', 'g\r\n', '5\nhello', '5\rhello', '5\r\r\nhello',
    ';a\r\n', '5,\r\n', '00000000000000005\r\nhello', '20000000000000\r\n', 'fffffffffffffffff\r\n', '\xb5\r\n', '@\r\n', '`\r\n',
    'G\r\n', '/\r\n', ':\r\n', '5\t\r\n'
  ].map((bytes) => (
    { name: `the chunk size ${JSON.stringify(bytes)}`, bytes: `${chunked}${bytes}\r\n0\r\n\r\n`, error: 'invalid-chunk-size' as const }
  )),
  ...[
    ';', ';;', ';a;', ';=b', ';a=', ';a="b', ';a=b"', ';a="b"c', ';a="\\', '; a', ';a =b', ';a= b', ';a=b ', ';a\x00', ';a="\x7f"',
    ';a\rb', ';a="\r"', ';a=b=c', ';\xe9'
  ].map((extension) => (
    {
      name: `the chunk extension ${JSON.stringify(extension)}`,
      bytes: `${chunked}5${extension}\r\nhello\r\n0\r\n\r\n`,
      error: 'invalid-chunk-extension' as const
    }
  )),
  { name: 'a chunk extension that ends with LF only', bytes: `${chunked}5;a\nhello\r\n0\r\n\r\n`, error: 'invalid-chunk-extension' },
  {
    name: 'chunk extensions that are too large together',
    limits: { maxChunkExtensionBytes: 8 },
    bytes: `${chunked}1;a\r\n!\r\n0;bb\r\n\r\n`,
    error: 'chunk-extensions-too-large',
    body: '!'
  },
  {
    name: 'a chunk extension that never ends',
    limits: { maxChunkExtensionBytes: 64 },
    eof: false,
    bytes: `${chunked}1;${'a'.repeat(80)}`,
    error: 'chunk-extensions-too-large'
  },
  ...[
    'hello0\r\n\r\n', 'hello!\r\n', 'hello\n0\r\n\r\n', 'hello\r0\r\n\r\n', 'hello\r\r\n', 'hellox\n0\r\n\r\n', 'hello\n\n0\r\n\r\n'
  ].map((bytes) => (
    { name: `the chunk end ${JSON.stringify(bytes)}`, bytes: `${chunked}5\r\n${bytes}`, error: 'invalid-chunk-end' as const, body: 'hello' }
  )),

  { name: 'a trailer without a name', bytes: `${chunked}0\r\n: b\r\n\r\n`, error: 'invalid-field-name' },
  { name: 'a folded trailer', bytes: `${chunked}0\r\nA: b\r\n c\r\n\r\n`, error: 'invalid-field-name' },
  { name: 'a control character in a trailer', bytes: `${chunked}0\r\nA: b\0\r\n\r\n`, error: 'invalid-field-value' },
  { name: 'a trailer that ends with LF only', bytes: `${chunked}0\r\nA: b\n\r\n`, error: 'invalid-line-end' },
  { name: 'a trailer section that ends with LF only', bytes: `${chunked}0\r\n\n`, error: 'invalid-line-end' },
  { name: 'a bare CR behind the last chunk', bytes: `${chunked}0\r\n\rx\r\n\r\n`, error: 'invalid-line-end' },
  {
    name: 'a trailer section one byte too large',
    limits: { maxTrailerBytes: 7 },
    bytes: `${chunked}0\r\nA: 1\r\n\r\n`,
    error: 'trailers-too-large'
  },
  {
    name: 'trailers that never end',
    limits: { maxTrailerBytes: 64 },
    eof: false,
    bytes: `${chunked}0\r\n${'A: 1\r\n'.repeat(20)}`,
    error: 'trailers-too-large'
  },
  { name: 'one trailer too many', limits: { maxTrailers: 1 }, bytes: `${chunked}0\r\nA: 1\r\nB: 1\r\n\r\n`, error: 'too-many-fields' }
]
