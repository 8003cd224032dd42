import type { AcceptedCase } from './response-parser-cases.ts'

const ok = 'HTTP/1.1 200 OK\r\n'
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`

/** Informational responses, protocol switches, whether the connection lasts, and the chunked coding. */
export const acceptedExchanges: AcceptedCase[] = [
  // Informational responses
  {
    name: '100 before the response',
    bytes: `HTTP/1.1 100 Continue\r\n\r\n${ok}Content-Length: 2\r\n\r\nhi`,
    informational: [100],
    body: 'hi',
    head: { statusCode: 200 }
  },
  {
    name: '100 with length 0',
    bytes: `HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n${ok}Content-Length: 2\r\n\r\nhi`,
    informational: [100],
    body: 'hi'
  },
  {
    name: 'several informational responses',
    bytes: 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n' +
      `${ok}Content-Length: 0\r\n\r\n`,
    informational: [102, 103, 103]
  },
  {
    name: 'as many informational responses as allowed',
    limits: { maxInformational: 1 },
    bytes: `HTTP/1.1 100 Continue\r\n\r\n${ok}Content-Length: 0\r\n\r\n`,
    informational: [100]
  },
  {
    name: '100 in response to HEAD',
    method: 'HEAD',
    bytes: `HTTP/1.1 100 Continue\r\n\r\n${ok}Content-Length: 2\r\n\r\n`,
    informational: [100],
    head: { framing: 'none' }
  },
  {
    name: 'close in an informational response says nothing of the final one',
    bytes: `HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\n${ok}Content-Length: 0\r\n\r\n`,
    informational: [103],
    head: { keepAlive: true }
  },
  {
    name: 'the rest of the time: 100 and no more', eof: false, bytes: 'HTTP/1.1 100 Continue\r\n\r\n', informational: [100], end: 'pending'
  },

  // Protocol switches
  {
    name: '101',
    upgrade: true,
    bytes: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    end: 'tunnel',
    head: { statusCode: 101, framing: 'none', keepAlive: false }
  },
  {
    name: '101 and the first bytes of the tunnel',
    upgrade: true,
    bytes: 'HTTP/1.1 101 Switching Protocols\r\nConnection: keep-alive, upgrade\r\nUPGRADE: websocket\r\n\r\n\x81\x02hi',
    end: 'tunnel',
    rest: '\x81\x02hi'
  },
  {
    name: '101 behind 100',
    upgrade: true,
    bytes: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    informational: [100],
    end: 'tunnel'
  },
  {
    name: 'an upgrade that is turned down',
    upgrade: true,
    bytes: 'HTTP/1.1 426 Upgrade Required\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nno',
    body: 'no',
    head: { statusCode: 426, keepAlive: true }
  },

  // Whether the connection lasts
  { name: 'Connection: close', bytes: `${ok}Connection: close\r\nContent-Length: 0\r\n\r\n`, head: { keepAlive: false } },
  {
    name: 'Connection: close in a list, in capitals',
    bytes: `${ok}Connection: foo ,\tCLOSE\r\nContent-Length: 0\r\n\r\n`,
    head: { keepAlive: false }
  },
  {
    name: 'Connection: close in a second line',
    bytes: `${ok}Connection: foo\r\nconnection: close\r\nContent-Length: 0\r\n\r\n`,
    head: { keepAlive: false }
  },
  {
    name: 'close outweighs keep-alive',
    bytes: `${ok}Connection: close\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n`,
    head: { keepAlive: false }
  },
  {
    name: 'close as a part of a longer option',
    bytes: `${ok}Connection: closed, not-close\r\nContent-Length: 0\r\n\r\n`,
    head: { keepAlive: true }
  },
  { name: 'HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', head: { keepAlive: false, framing: 'length' } },
  {
    name: 'HTTP/1.0 that lasts', bytes: 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n', head: { keepAlive: true }
  },
  {
    name: 'HTTP/1.0 that lasts, but has no length',
    bytes: 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhello',
    body: 'hello',
    head: { keepAlive: false, framing: 'close' }
  },
  { name: 'Keep-Alive', bytes: `${ok}Keep-Alive: timeout=72\r\nContent-Length: 0\r\n\r\n`, head: { keepAliveTimeoutMs: 72_000 } },
  {
    name: 'Keep-Alive among other parameters',
    bytes: `${ok}keep-alive: max=100, Timeout=5 \r\nContent-Length: 0\r\n\r\n`,
    head: { keepAliveTimeoutMs: 5000 }
  },
  { name: 'Keep-Alive: 0 seconds', bytes: `${ok}Keep-Alive: timeout=0\r\nContent-Length: 0\r\n\r\n`, head: { keepAliveTimeoutMs: 0 } },
  ...[
    'timeout', 'timeout=', 'timeout=x', 'timeout=-5', 'timeout=5x', 'timeout=1e3', 'xtimeout=5', 'timeout=9999999999', ''
  ].map((value) => (
    {
      name: `Keep-Alive that says nothing: '${value}'`,
      bytes: `${ok}Keep-Alive: ${value}\r\nContent-Length: 0\r\n\r\n`,
      head: { keepAliveTimeoutMs: -1, keepAlive: true }
    }
  )),

  // The chunked coding
  {
    name: 'one chunk',
    bytes: `${chunked}5\r\nhello\r\n0\r\n\r\n`,
    body: 'hello',
    head: { framing: 'chunked', contentLength: -1, keepAlive: true }
  },
  { name: 'several chunks', bytes: `${chunked}5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n`, body: 'hello world' },
  { name: 'no chunks', bytes: `${chunked}0\r\n\r\n` },
  {
    name: 'sizes in both cases and with zeros',
    bytes: `${chunked}a\r\n0123456789\r\nA\r\n0123456789\r\n0000000000000002\r\nhi\r\n0000\r\n\r\n`,
    body: '01234567890123456789hi'
  },
  { name: 'data that look like chunks', bytes: `${chunked}7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n`, body: '\r\n0\r\n\r\n' },
  { name: 'the largest chunk there is', eof: false, bytes: `${chunked}001fffffffffffff\r\nhello`, body: 'hello', end: 'pending' },
  { name: 'CHUNKED', bytes: `${ok}transfer-encoding:CHUNKED\r\n\r\n0\r\n\r\n`, head: { framing: 'chunked' } },
  { name: 'bytes behind the last chunk', bytes: `${chunked}0\r\n\r\n\r\n`, rest: '\r\n' },
  { name: 'extensions', bytes: `${chunked}5;a\r\nhello\r\n1;a=b;c="d \\" ;\t\xe9"\r\n!\r\n0;last\r\n\r\n`, body: 'hello!' },
  { name: 'an empty quoted extension', bytes: `${chunked}1;a=""\r\n!\r\n0\r\n\r\n`, body: '!' },
  { name: 'extensions as large as allowed', limits: { maxChunkExtensionBytes: 8 }, bytes: `${chunked}1;a\r\n!\r\n0;b\r\n\r\n`, body: '!' },
  { name: 'trailers', bytes: `${chunked}1\r\n!\r\n0\r\nX-Sum: 1\r\nx-sum:\t2 \r\n\r\n`, body: '!', trailers: ['X-Sum', '1', 'x-sum', '2'] },
  {
    name: 'trailers that mean nothing here',
    bytes: `${chunked}0\r\nContent-Length: 7\r\nTransfer-Encoding: x\r\n\r\nnext`,
    trailers: ['Content-Length', '7', 'Transfer-Encoding', 'x'],
    rest: 'next'
  },
  {
    name: 'trailers as large as allowed',
    limits: { maxTrailerBytes: 8, maxTrailers: 1 },
    bytes: `${chunked}0\r\nA: 1\r\n\r\n`,
    trailers: ['A', '1']
  },

  // Until the end of the connection
  { name: 'nothing until the end of the connection', bytes: `${ok}\r\n`, head: { framing: 'close' } },
  { name: 'the end of the connection is awaited', eof: false, bytes: `${ok}\r\nhello`, body: 'hello', end: 'pending' }
]
