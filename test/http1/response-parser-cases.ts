import type { RecordedHead } from './response-recorder.ts'
import type { Exchange } from './response-recorder.ts'

/** Bytes a backend may send, and what they must be read as. */
export interface AcceptedCase extends Exchange {
  readonly name: string
  readonly bytes: string
  readonly head?: Partial<RecordedHead>
  readonly informational?: number[]
  /** '' when left out. */
  readonly body?: string
  readonly trailers?: string[]
  readonly end?: 'tunnel' | 'pending'
  /** What is behind the response; '' when left out. */
  readonly rest?: string
}

const ok = 'HTTP/1.1 200 OK\r\n'
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`

export const acceptedCases: AcceptedCase[] = [
  // The status line
  { name: 'a plain response', bytes: `${ok}Content-Length: 5\r\n\r\nhello`, body: 'hello', head: { statusCode: 200, reason: 'OK', httpMinor: 1, keepAlive: true, keepAliveTimeoutMs: -1, framing: 'length', contentLength: 5, rawHeaders: ['Content-Length', '5'] } },
  { name: 'a reason of many words', bytes: 'HTTP/1.1 203 Non-Authoritative Information\r\nContent-Length: 0\r\n\r\n', head: { statusCode: 203, reason: 'Non-Authoritative Information' } },
  { name: 'an empty reason', bytes: 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n', head: { reason: '' } },
  { name: 'no reason and no space before it', bytes: 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', head: { statusCode: 200, reason: '' } },
  { name: 'a latin1 reason with a tab', bytes: 'HTTP/1.1 200 D\xe9j\xe0\tvu \r\nContent-Length: 0\r\n\r\n', head: { reason: 'D\xe9j\xe0\tvu ' } },
  { name: 'status 599', bytes: 'HTTP/1.1 599 X\r\nContent-Length: 0\r\n\r\n', head: { statusCode: 599 } },
  { name: 'HTTP/1.0 until the end of the connection', bytes: 'HTTP/1.0 200 OK\r\n\r\nhello', body: 'hello', head: { httpMinor: 0, keepAlive: false, framing: 'close' } },

  // Field lines
  { name: 'no field lines', bytes: `${ok}\r\nhello`, body: 'hello', head: { rawHeaders: [], framing: 'close', keepAlive: false, contentLength: -1 } },
  { name: 'names as they were sent', bytes: `${ok}X-mIXed: A\r\ncOnTeNt-LeNgTh: 2\r\n\r\nhi`, body: 'hi', head: { rawHeaders: ['X-mIXed', 'A', 'cOnTeNt-LeNgTh', '2'] } },
  { name: 'every token character in a name', bytes: `${ok}!#$%&'*+-.^_\`|~09azAZ: 1\r\nContent-Length: 0\r\n\r\n`, head: { rawHeaders: ['!#$%&\'*+-.^_`|~09azAZ', '1', 'Content-Length', '0'] } },
  { name: 'white space around a value', bytes: `${ok}A: \t b \t \r\nContent-Length:0\r\n\r\n`, head: { rawHeaders: ['A', 'b', 'Content-Length', '0'] } },
  { name: 'white space and colons within a value', bytes: `${ok}A: b\t c: d\r\nContent-Length: 0\r\n\r\n`, head: { rawHeaders: ['A', 'b\t c: d', 'Content-Length', '0'] } },
  { name: 'empty values', bytes: `${ok}A:\r\nB: \t\r\nContent-Length: 0\r\n\r\n`, head: { rawHeaders: ['A', '', 'B', '', 'Content-Length', '0'] } },
  { name: 'latin1 and UTF-8 bytes in a value', bytes: `${ok}A: \x80\xff\xc3\xa9\r\nContent-Length: 0\r\n\r\n`, head: { rawHeaders: ['A', '\x80\xff\xc3\xa9', 'Content-Length', '0'] } },
  { name: 'a no-break space is no white space', bytes: `${ok}A: \xa0b\xa0\r\nContent-Length: 0\r\n\r\n`, head: { rawHeaders: ['A', '\xa0b\xa0', 'Content-Length', '0'] } },
  { name: 'repeated fields, in order', bytes: `${ok}Set-Cookie: a=1\r\nX: 1\r\nset-cookie: b=2\r\nContent-Length: 0\r\n\r\n`, head: { rawHeaders: ['Set-Cookie', 'a=1', 'X', '1', 'set-cookie', 'b=2', 'Content-Length', '0'] } },
  { name: 'names that only look like those that matter', bytes: `${ok}Content-Lengths: 9\r\nContent-Langth: 9\r\nConnections: close\r\nXontent-Length: 9\r\nContent-Length: 2\r\n\r\nhi`, body: 'hi', head: { keepAlive: true, contentLength: 2 } },
  { name: 'as many field lines as allowed', limits: { maxHeaders: 2 }, bytes: `${ok}A: 1\r\nContent-Length: 0\r\n\r\n`, head: { rawHeaders: ['A', '1', 'Content-Length', '0'] } },
  { name: 'a head as large as allowed', limits: { maxHeadBytes: 38 }, bytes: `${ok}Content-Length: 5\r\n\r\nhello`, body: 'hello' },
  { name: 'more field lines than are foreseen at first', bytes: `${ok}${'A: 1\r\n'.repeat(150)}Content-Length: 0\r\n\r\n`, head: { rawHeaders: [...Array.from({ length: 150 }, () => ['A', '1']).flat(), 'Content-Length', '0'] } },

  // Content-Length
  { name: 'an empty body', bytes: `${ok}Content-Length: 0\r\n\r\n`, head: { framing: 'length', contentLength: 0, keepAlive: true } },
  { name: 'leading zeros', bytes: `${ok}Content-Length: 0005\r\n\r\nhello`, body: 'hello', head: { contentLength: 5 } },
  { name: 'the largest length there is', eof: false, bytes: `${ok}Content-Length: 9007199254740991\r\n\r\nhello`, body: 'hello', end: 'pending', head: { contentLength: 9_007_199_254_740_991 } },
  { name: 'one length in two lines', bytes: `${ok}Content-Length: 5\r\nA: b\r\ncontent-length: 5\r\n\r\nhello`, body: 'hello', head: { contentLength: 5, rawHeaders: ['Content-Length', '5', 'A', 'b'] } },
  { name: 'one length twice in a list', bytes: `${ok}Content-Length: 5 ,\t05\r\n\r\nhello`, body: 'hello', head: { contentLength: 5, rawHeaders: ['Content-Length', '5'] } },
  { name: 'another response behind this one', bytes: `${ok}Content-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n`, body: 'hi', rest: 'HTTP/1.1 200 OK\r\n' },
  { name: 'bytes behind an empty body', bytes: `${ok}Content-Length: 0\r\n\r\nx`, rest: 'x' },
  { name: 'a body that looks like a head', bytes: `${ok}Content-Length: 19\r\n\r\n${ok}\r\n`, body: `${ok}\r\n` },

  // Responses without a body
  { name: 'the response to HEAD: nothing more on this connection', method: 'HEAD', bytes: `${ok}Content-Length: 5\r\n\r\n`, head: { framing: 'none', contentLength: 5, keepAlive: false } },
  { name: 'the response to HEAD, chunked', method: 'HEAD', bytes: `${ok}Transfer-Encoding: chunked\r\n\r\n`, head: { framing: 'none', contentLength: -1, keepAlive: false } },
  { name: 'the response to HEAD, without any length', method: 'HEAD', bytes: `${ok}\r\n`, head: { framing: 'none', keepAlive: false } },
  { name: 'a body sent in response to HEAD', method: 'HEAD', bytes: `${ok}Content-Length: 5\r\n\r\nhello`, rest: 'hello' },
  { name: '204', bytes: 'HTTP/1.1 204 No Content\r\n\r\n', head: { framing: 'none', keepAlive: true } },
  { name: '204 with a length: nothing more on this connection', bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', head: { framing: 'none', contentLength: 5, keepAlive: false } },
  { name: '204 with length 0', bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', head: { framing: 'none', contentLength: 0, keepAlive: true } },
  { name: '204 chunked: nothing more on this connection', bytes: 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', head: { framing: 'none', keepAlive: false }, rest: '0\r\n\r\n' },
  { name: '304 with the length of what was not sent: nothing more on this connection', bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', head: { framing: 'none', contentLength: 5, keepAlive: false } },
  { name: '205 has a body as any other', bytes: 'HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nhi', body: 'hi', head: { framing: 'length' } },

  // Informational responses
  { name: '100 before the response', bytes: `HTTP/1.1 100 Continue\r\n\r\n${ok}Content-Length: 2\r\n\r\nhi`, informational: [100], body: 'hi', head: { statusCode: 200 } },
  { name: '100 with length 0', bytes: `HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n${ok}Content-Length: 2\r\n\r\nhi`, informational: [100], body: 'hi' },
  { name: 'several informational responses', bytes: `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n${ok}Content-Length: 0\r\n\r\n`, informational: [102, 103, 103] },
  { name: 'as many informational responses as allowed', limits: { maxInformational: 1 }, bytes: `HTTP/1.1 100 Continue\r\n\r\n${ok}Content-Length: 0\r\n\r\n`, informational: [100] },
  { name: '100 in response to HEAD', method: 'HEAD', bytes: `HTTP/1.1 100 Continue\r\n\r\n${ok}Content-Length: 2\r\n\r\n`, informational: [100], head: { framing: 'none' } },
  { name: 'close in an informational response says nothing of the final one', bytes: `HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\n${ok}Content-Length: 0\r\n\r\n`, informational: [103], head: { keepAlive: true } },
  { name: 'the rest of the time: 100 and no more', eof: false, bytes: 'HTTP/1.1 100 Continue\r\n\r\n', informational: [100], end: 'pending' },

  // Protocol switches
  { name: '101', upgrade: true, bytes: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n', end: 'tunnel', head: { statusCode: 101, framing: 'none', keepAlive: false } },
  { name: '101 and the first bytes of the tunnel', upgrade: true, bytes: 'HTTP/1.1 101 Switching Protocols\r\nConnection: keep-alive, upgrade\r\nUPGRADE: websocket\r\n\r\n\x81\x02hi', end: 'tunnel', rest: '\x81\x02hi' },
  { name: '101 behind 100', upgrade: true, bytes: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n', informational: [100], end: 'tunnel' },
  { name: 'an upgrade that is turned down', upgrade: true, bytes: 'HTTP/1.1 426 Upgrade Required\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nno', body: 'no', head: { statusCode: 426, keepAlive: true } },

  // Whether the connection lasts
  { name: 'Connection: close', bytes: `${ok}Connection: close\r\nContent-Length: 0\r\n\r\n`, head: { keepAlive: false } },
  { name: 'Connection: close in a list, in capitals', bytes: `${ok}Connection: foo ,\tCLOSE\r\nContent-Length: 0\r\n\r\n`, head: { keepAlive: false } },
  { name: 'Connection: close in a second line', bytes: `${ok}Connection: foo\r\nconnection: close\r\nContent-Length: 0\r\n\r\n`, head: { keepAlive: false } },
  { name: 'close outweighs keep-alive', bytes: `${ok}Connection: close\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n`, head: { keepAlive: false } },
  { name: 'close as a part of a longer option', bytes: `${ok}Connection: closed, not-close\r\nContent-Length: 0\r\n\r\n`, head: { keepAlive: true } },
  { name: 'HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', head: { keepAlive: false, framing: 'length' } },
  { name: 'HTTP/1.0 that lasts', bytes: 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n', head: { keepAlive: true } },
  { name: 'HTTP/1.0 that lasts, but has no length', bytes: 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhello', body: 'hello', head: { keepAlive: false, framing: 'close' } },
  { name: 'Keep-Alive', bytes: `${ok}Keep-Alive: timeout=72\r\nContent-Length: 0\r\n\r\n`, head: { keepAliveTimeoutMs: 72_000 } },
  { name: 'Keep-Alive among other parameters', bytes: `${ok}keep-alive: max=100, Timeout=5 \r\nContent-Length: 0\r\n\r\n`, head: { keepAliveTimeoutMs: 5000 } },
  { name: 'Keep-Alive: 0 seconds', bytes: `${ok}Keep-Alive: timeout=0\r\nContent-Length: 0\r\n\r\n`, head: { keepAliveTimeoutMs: 0 } },
  ...['timeout', 'timeout=', 'timeout=x', 'timeout=-5', 'timeout=5x', 'timeout=1e3', 'xtimeout=5', 'timeout=9999999999', ''].map((value) => (
    { name: `Keep-Alive that says nothing: '${value}'`, bytes: `${ok}Keep-Alive: ${value}\r\nContent-Length: 0\r\n\r\n`, head: { keepAliveTimeoutMs: -1, keepAlive: true } }
  )),

  // The chunked coding
  { name: 'one chunk', bytes: `${chunked}5\r\nhello\r\n0\r\n\r\n`, body: 'hello', head: { framing: 'chunked', contentLength: -1, keepAlive: true } },
  { name: 'several chunks', bytes: `${chunked}5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n`, body: 'hello world' },
  { name: 'no chunks', bytes: `${chunked}0\r\n\r\n` },
  { name: 'sizes in both cases and with zeros', bytes: `${chunked}a\r\n0123456789\r\nA\r\n0123456789\r\n0000000000000002\r\nhi\r\n0000\r\n\r\n`, body: '01234567890123456789hi' },
  { name: 'data that look like chunks', bytes: `${chunked}7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n`, body: '\r\n0\r\n\r\n' },
  { name: 'the largest chunk there is', eof: false, bytes: `${chunked}001fffffffffffff\r\nhello`, body: 'hello', end: 'pending' },
  { name: 'CHUNKED', bytes: `${ok}transfer-encoding:CHUNKED\r\n\r\n0\r\n\r\n`, head: { framing: 'chunked' } },
  { name: 'bytes behind the last chunk', bytes: `${chunked}0\r\n\r\n\r\n`, rest: '\r\n' },
  { name: 'extensions', bytes: `${chunked}5;a\r\nhello\r\n1;a=b;c="d \\" ;\t\xe9"\r\n!\r\n0;last\r\n\r\n`, body: 'hello!' },
  { name: 'an empty quoted extension', bytes: `${chunked}1;a=""\r\n!\r\n0\r\n\r\n`, body: '!' },
  { name: 'extensions as large as allowed', limits: { maxChunkExtensionBytes: 8 }, bytes: `${chunked}1;a\r\n!\r\n0;b\r\n\r\n`, body: '!' },
  { name: 'trailers', bytes: `${chunked}1\r\n!\r\n0\r\nX-Sum: 1\r\nx-sum:\t2 \r\n\r\n`, body: '!', trailers: ['X-Sum', '1', 'x-sum', '2'] },
  { name: 'trailers that mean nothing here', bytes: `${chunked}0\r\nContent-Length: 7\r\nTransfer-Encoding: x\r\n\r\nnext`, trailers: ['Content-Length', '7', 'Transfer-Encoding', 'x'], rest: 'next' },
  { name: 'trailers as large as allowed', limits: { maxTrailerBytes: 8, maxTrailers: 1 }, bytes: `${chunked}0\r\nA: 1\r\n\r\n`, trailers: ['A', '1'] },

  // Until the end of the connection
  { name: 'nothing until the end of the connection', bytes: `${ok}\r\n`, head: { framing: 'close' } },
  { name: 'the end of the connection is awaited', eof: false, bytes: `${ok}\r\nhello`, body: 'hello', end: 'pending' }
]
