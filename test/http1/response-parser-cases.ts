import type { Exchange, RecordedHead } from './response-recorder.ts'

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

/** The status line, fields, and where a body ends that is not chunked. */
export const acceptedHeads: AcceptedCase[] = [
  // The status line
  {
    name: 'a plain response',
    bytes: `${ok}Content-Length: 5\r\n\r\nhello`,
    body: 'hello',
    head: {
      statusCode: 200,
      reason: 'OK',
      httpMinor: 1,
      keepAlive: true,
      keepAliveTimeoutMs: -1,
      framing: 'length',
      contentLength: 5,
      rawHeaders: ['Content-Length', '5']
    }
  },
  {
    name: 'a reason of many words',
    bytes: 'HTTP/1.1 203 Non-Authoritative Information\r\nContent-Length: 0\r\n\r\n',
    head: { statusCode: 203, reason: 'Non-Authoritative Information' }
  },
  { name: 'an empty reason', bytes: 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n', head: { reason: '' } },
  { name: 'no reason and no space before it', bytes: 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', head: { statusCode: 200, reason: '' } },
  {
    name: 'a latin1 reason with a tab',
    bytes: 'HTTP/1.1 200 D\xe9j\xe0\tvu \r\nContent-Length: 0\r\n\r\n',
    head: { reason: 'D\xe9j\xe0\tvu ' }
  },
  { name: 'status 599', bytes: 'HTTP/1.1 599 X\r\nContent-Length: 0\r\n\r\n', head: { statusCode: 599 } },
  {
    name: 'HTTP/1.0 until the end of the connection',
    bytes: 'HTTP/1.0 200 OK\r\n\r\nhello',
    body: 'hello',
    head: { httpMinor: 0, keepAlive: false, framing: 'close' }
  },

  // Field lines
  {
    name: 'no field lines',
    bytes: `${ok}\r\nhello`,
    body: 'hello',
    head: { rawHeaders: [], framing: 'close', keepAlive: false, contentLength: -1 }
  },
  {
    name: 'names as they were sent',
    bytes: `${ok}X-mIXed: A\r\ncOnTeNt-LeNgTh: 2\r\n\r\nhi`,
    body: 'hi',
    head: { rawHeaders: ['X-mIXed', 'A', 'cOnTeNt-LeNgTh', '2'] }
  },
  {
    name: 'every token character in a name',
    bytes: `${ok}!#$%&'*+-.^_\`|~09azAZ: 1\r\nContent-Length: 0\r\n\r\n`,
    head: { rawHeaders: ['!#$%&\'*+-.^_`|~09azAZ', '1', 'Content-Length', '0'] }
  },
  {
    name: 'white space around a value',
    bytes: `${ok}A: \t b \t \r\nContent-Length:0\r\n\r\n`,
    head: { rawHeaders: ['A', 'b', 'Content-Length', '0'] }
  },
  {
    name: 'white space and colons within a value',
    bytes: `${ok}A: b\t c: d\r\nContent-Length: 0\r\n\r\n`,
    head: { rawHeaders: ['A', 'b\t c: d', 'Content-Length', '0'] }
  },
  {
    name: 'empty values',
    bytes: `${ok}A:\r\nB: \t\r\nContent-Length: 0\r\n\r\n`,
    head: { rawHeaders: ['A', '', 'B', '', 'Content-Length', '0'] }
  },
  {
    name: 'latin1 and UTF-8 bytes in a value',
    bytes: `${ok}A: \x80\xff\xc3\xa9\r\nContent-Length: 0\r\n\r\n`,
    head: { rawHeaders: ['A', '\x80\xff\xc3\xa9', 'Content-Length', '0'] }
  },
  {
    name: 'a no-break space is no white space',
    bytes: `${ok}A: \xa0b\xa0\r\nContent-Length: 0\r\n\r\n`,
    head: { rawHeaders: ['A', '\xa0b\xa0', 'Content-Length', '0'] }
  },
  {
    name: 'repeated fields, in order',
    bytes: `${ok}Set-Cookie: a=1\r\nX: 1\r\nset-cookie: b=2\r\nContent-Length: 0\r\n\r\n`,
    head: { rawHeaders: ['Set-Cookie', 'a=1', 'X', '1', 'set-cookie', 'b=2', 'Content-Length', '0'] }
  },
  {
    name: 'names that only look like those that matter',
    bytes: `${ok}Content-Lengths: 9\r\nContent-Langth: 9\r\nConnections: close\r\nXontent-Length: 9\r\nContent-Length: 2\r\n\r\nhi`,
    body: 'hi',
    head: { keepAlive: true, contentLength: 2 }
  },
  {
    name: 'as many field lines as allowed',
    limits: { maxHeaders: 2 },
    bytes: `${ok}A: 1\r\nContent-Length: 0\r\n\r\n`,
    head: { rawHeaders: ['A', '1', 'Content-Length', '0'] }
  },
  { name: 'a head as large as allowed', limits: { maxHeadBytes: 38 }, bytes: `${ok}Content-Length: 5\r\n\r\nhello`, body: 'hello' },
  {
    name: 'more field lines than are foreseen at first',
    bytes: `${ok}${'A: 1\r\n'.repeat(150)}Content-Length: 0\r\n\r\n`,
    head: { rawHeaders: [...Array.from({ length: 150 }, () => ['A', '1']).flat(), 'Content-Length', '0'] }
  },

  // Content-Length
  { name: 'an empty body', bytes: `${ok}Content-Length: 0\r\n\r\n`, head: { framing: 'length', contentLength: 0, keepAlive: true } },
  { name: 'leading zeros', bytes: `${ok}Content-Length: 0005\r\n\r\nhello`, body: 'hello', head: { contentLength: 5 } },
  {
    name: 'the largest length there is',
    eof: false,
    bytes: `${ok}Content-Length: 9007199254740991\r\n\r\nhello`,
    body: 'hello',
    end: 'pending',
    head: { contentLength: 9_007_199_254_740_991 }
  },
  {
    name: 'one length in two lines',
    bytes: `${ok}Content-Length: 5\r\nA: b\r\ncontent-length: 5\r\n\r\nhello`,
    body: 'hello',
    head: { contentLength: 5, rawHeaders: ['Content-Length', '5', 'A', 'b'] }
  },
  {
    name: 'one length twice in a list',
    bytes: `${ok}Content-Length: 5 ,\t05\r\n\r\nhello`,
    body: 'hello',
    head: { contentLength: 5, rawHeaders: ['Content-Length', '5'] }
  },
  {
    name: 'another response behind this one',
    bytes: `${ok}Content-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n`,
    body: 'hi',
    rest: 'HTTP/1.1 200 OK\r\n'
  },
  { name: 'bytes behind an empty body', bytes: `${ok}Content-Length: 0\r\n\r\nx`, rest: 'x' },
  { name: 'a body that looks like a head', bytes: `${ok}Content-Length: 19\r\n\r\n${ok}\r\n`, body: `${ok}\r\n` },

  // Responses without a body
  {
    name: 'the response to HEAD: nothing more on this connection',
    method: 'HEAD',
    bytes: `${ok}Content-Length: 5\r\n\r\n`,
    head: { framing: 'none', contentLength: 5, keepAlive: false }
  },
  {
    name: 'the response to HEAD, chunked',
    method: 'HEAD',
    bytes: `${ok}Transfer-Encoding: chunked\r\n\r\n`,
    head: { framing: 'none', contentLength: -1, keepAlive: false }
  },
  { name: 'the response to HEAD, without any length', method: 'HEAD', bytes: `${ok}\r\n`, head: { framing: 'none', keepAlive: false } },
  { name: 'a body sent in response to HEAD', method: 'HEAD', bytes: `${ok}Content-Length: 5\r\n\r\nhello`, rest: 'hello' },
  { name: '204', bytes: 'HTTP/1.1 204 No Content\r\n\r\n', head: { framing: 'none', keepAlive: true } },
  {
    name: '204 with a length: nothing more on this connection',
    bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n',
    head: { framing: 'none', contentLength: 5, keepAlive: false }
  },
  {
    name: '204 with length 0',
    bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n',
    head: { framing: 'none', contentLength: 0, keepAlive: true }
  },
  {
    name: '204 chunked: nothing more on this connection',
    bytes: 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    head: { framing: 'none', keepAlive: false },
    rest: '0\r\n\r\n'
  },
  {
    name: '304 with the length of what was not sent: nothing more on this connection',
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    head: { framing: 'none', contentLength: 5, keepAlive: false }
  },
  {
    name: '205 has a body as any other',
    bytes: 'HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nhi',
    body: 'hi',
    head: { framing: 'length' }
  }
]
