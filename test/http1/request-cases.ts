import type { RequestLimits } from '../../src/http1/request-parser.ts'
import type { Reading, ReadRequest } from './request-recorder.ts'

export interface RequestCase {
  readonly name: string
  /** What came over the connection, latin1. */
  readonly bytes: string
  readonly limits?: Partial<RequestLimits>
}

/** What is known of one request; what is left out is not looked at. */
export type ExpectedRequest = Partial<Omit<ReadRequest, 'head'>> & { readonly head?: Partial<ReadRequest['head']> }

/** Bytes that a client may send. */
export interface AcceptedRequests extends RequestCase {
  readonly requests: readonly ExpectedRequest[]
  /** `idle` when left out. */
  readonly end?: Reading['end']
}

const get = 'GET / HTTP/1.1\r\nHost: h\r\n'
const post = 'POST / HTTP/1.1\r\nHost: h\r\n'
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`
const upgrade = `${get}Connection: Upgrade\r\nUpgrade: `

export const acceptedRequests: readonly AcceptedRequests[] = [
  // The request line
  {
    name: 'a plain request',
    bytes: `${get}\r\n`,
    requests: [
      {
        head: { method: 'GET', target: '/', version: '1.1', host: 'h', isMalformed: false },
        body: 'none',
        contentLength: -1,
        keepAlive: true,
        expectsContinue: false,
        upgrade: undefined,
        rawHeaders: ['Host', 'h'],
        trailers: []
      }
    ]
  },
  {
    name: 'a target of all characters that are visible',
    bytes: `GET /${visible(33, 126).replace('#', '').replace('?', '')}?${visible(33, 126)} HTTP/1.1\r\nHost: h\r\n\r\n`,
    requests: [{ head: { target: `/${visible(33, 126).replace('#', '').replace('?', '')}?${visible(33, 126)}`, isMalformed: false } }]
  },
  {
    name: 'a method with a hyphen',
    bytes: 'M-SEARCH * HTTP/1.1\r\nHost: h\r\n\r\n',
    requests: [{ head: { method: 'M-SEARCH', isMalformed: true } }]
  },
  { name: 'OPTIONS *', bytes: 'OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n', requests: [{ head: { target: '*', isMalformed: false } }] },
  {
    name: 'the absolute form, whose host replaces Host in its place',
    bytes: 'GET http://a.example:81/x?y HTTP/1.1\r\nA: b\r\nhost: h\r\nC: d\r\n\r\n',
    requests: [
      { head: { target: '/x?y', host: 'a.example:81', isMalformed: false }, rawHeaders: ['A', 'b', 'host', 'a.example:81', 'C', 'd'] }
    ]
  },
  {
    name: 'the absolute form of HTTP/1.0, without Host',
    bytes: 'GET HTTPS://a HTTP/1.0\r\nA: b\r\n\r\n',
    requests: [{ head: { target: '/', host: 'a', version: '1.0' }, rawHeaders: ['A', 'b', 'Host', 'a'] }],
    end: 'last'
  },
  {
    name: 'the absolute form of OPTIONS *',
    bytes: 'OPTIONS http://a HTTP/1.1\r\nHost: h\r\n\r\n',
    requests: [{ head: { target: '*', host: 'a' } }]
  },
  {
    name: 'CONNECT, to be refused by its method',
    bytes: 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nrest',
    requests: [{ head: { method: 'CONNECT', target: 'a:1', isMalformed: true } }],
    end: 'last'
  },
  { name: 'empty lines before a request', bytes: `\r\n\r\n${get}\r\n\r\n${get}\r\n`, requests: [{}, {}] },
  { name: 'as many empty lines as allowed', limits: { maxEmptyBytes: 4 }, bytes: `\r\n\r\n${get}\r\n`, requests: [{}] },
  { name: 'nothing but an empty line', bytes: '\r\n', requests: [] },
  { name: 'a part of a head', bytes: get, requests: [], end: 'partial' },

  // Targets and hosts that are refused by whoever answers, in the shape of all answers
  ...['/a#b', '*', 'a', 'h:80', 'ftp://h/', 'http:///a', 'http://u@h/', 'http://h,i/', '?a', '#'].map((target) => (
    {
      name: `the target ${target}, which is none`,
      bytes: `GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`,
      requests: [{ head: { isMalformed: true } }]
    }
  )),
  {
    name: 'credentials in a target, which are not handed on',
    bytes: 'GET http://user:word@h/a HTTP/1.1\r\nHost: h\r\n\r\n',
    requests: [{ head: { target: 'http://h/a', isMalformed: true } }]
  },
  { name: 'no Host', bytes: 'GET / HTTP/1.1\r\n\r\n', requests: [{ head: { host: undefined, isMalformed: true } }] },
  {
    name: 'no Host in HTTP/1.0',
    bytes: 'GET / HTTP/1.0\r\n\r\n',
    requests: [{ head: { host: undefined, isMalformed: false }, keepAlive: false }],
    end: 'last'
  },
  ...['a\r\nHost: a', 'a\r\nhost: b', '', 'a b', 'a, b', 'u@h', 'h:99999', '[::', '\xe9'].map((host) => (
    {
      name: `the Host ${JSON.stringify(host)}`,
      bytes: `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      requests: [{ head: { isMalformed: true } }]
    }
  )),
  {
    name: 'a Host that is wrong, next to the absolute form',
    bytes: 'GET http://a/ HTTP/1.1\r\nHost: a b\r\n\r\n',
    requests: [{ head: { isMalformed: true } }]
  },

  // Fields
  {
    name: 'names and values as they were sent',
    bytes: `${get}X-mIX: \t b\t c \t\r\nx-mix:\r\nA:\x80\xff\r\n\r\n`,
    requests: [{ rawHeaders: ['Host', 'h', 'X-mIX', 'b\t c', 'x-mix', '', 'A', '\x80\xff'] }]
  },
  {
    name: 'as many fields as allowed',
    limits: { maxFields: 2 },
    bytes: `${get}A: b\r\n\r\n`,
    requests: [{ rawHeaders: ['Host', 'h', 'A', 'b'] }]
  },
  { name: 'a head as large as allowed', limits: { maxHeadBytes: 27 }, bytes: `${get}\r\n${get}\r\n`, requests: [{}, {}] },
  { name: 'a head of 16 KiB', bytes: `${get}A: ${'a'.repeat(16_384 - 27 - 5)}\r\n\r\n`, requests: [{}] },
  {
    name: 'an unknown expectation',
    bytes: `${post}Expect: the-worst\r\nContent-Length: 2\r\n\r\nhi`,
    requests: [{ expectsContinue: false, bytes: 'hi' }]
  },

  // Bodies
  {
    name: 'a body of a known length, and a request after it',
    bytes: `${post}Content-Length: 5\r\n\r\nhello${get}\r\n`,
    requests: [{ body: 'length', contentLength: 5, bytes: 'hello' }, { body: 'none' }]
  },
  { name: 'a length of 0', bytes: `${post}Content-Length: 0\r\n\r\n`, requests: [{ body: 'none', contentLength: 0 }] },
  { name: 'leading zeros', bytes: `${post}Content-Length: 0005\r\n\r\nhello`, requests: [{ contentLength: 5, bytes: 'hello' }] },
  {
    name: 'the largest length there is',
    bytes: `${post}Content-Length: 9007199254740991\r\n\r\nhello`,
    requests: [{ contentLength: 9_007_199_254_740_991, bytes: 'hello', isWhole: false }],
    end: 'body'
  },
  {
    name: 'a body that looks like a request',
    bytes: `${post}Content-Length: ${get.length + 2}\r\n\r\n${get}\r\n`,
    requests: [{ bytes: `${get}\r\n` }]
  },
  { name: 'a GET with a body', bytes: `${get}Content-Length: 2\r\n\r\nhi`, requests: [{ bytes: 'hi' }] },
  {
    name: 'chunks',
    bytes: `${chunked}5\r\nhello\r\n01;a=b\r\n \r\nA\r\n0123456789\r\n0\r\n\r\n${get}\r\n`,
    requests: [{ body: 'stream', contentLength: -1, bytes: 'hello 0123456789' }, {}]
  },
  {
    name: 'trailers',
    bytes: `${chunked}0\r\nX-Sum: 1\r\nx-sum:\t2 \r\n\r\n${get}\r\n`,
    requests: [{ trailers: ['X-Sum', '1', 'x-sum', '2'] }, { trailers: [] }]
  },
  { name: 'CHUNKED', bytes: `${post}transfer-encoding:CHUNKED\r\n\r\n0\r\n\r\n`, requests: [{ body: 'stream', bytes: '' }] },
  { name: 'a body in HTTP/1.0', bytes: 'POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi', requests: [{ bytes: 'hi' }], end: 'last' },
  ...['100-continue', '100-Continue', 'x, 100-continue'].map((expectation) => (
    {
      name: `Expect: ${expectation}`,
      bytes: `${post}Expect: ${expectation}\r\nContent-Length: 2\r\n\r\n`,
      requests: [{ expectsContinue: true }],
      end: 'body' as const
    }
  )),
  {
    name: '100-continue in HTTP/1.0',
    bytes: 'POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
    requests: [{ expectsContinue: false }],
    end: 'body'
  },
  { name: '100-continue without a body', bytes: `${get}Expect: 100-continue\r\n\r\n`, requests: [{ expectsContinue: false }] },

  // Whether the connection lasts
  { name: 'Connection: close', bytes: `${get}Connection: close\r\n\r\n${get}`, requests: [{ keepAlive: false }], end: 'last' },
  {
    name: 'Connection: close among others, in a second line',
    bytes: `${get}Connection: a\r\nconnection: b ,\tCLOSE\r\n\r\n`,
    requests: [{ keepAlive: false }],
    end: 'last'
  },
  {
    name: 'HTTP/1.0 that lasts',
    bytes: 'GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n',
    requests: [{ keepAlive: true, head: { version: '1.0' } }]
  },
  {
    name: 'HTTP/1.0 that says both',
    bytes: 'GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n',
    requests: [{ keepAlive: false }],
    end: 'last'
  },
  { name: 'a tab after keep-alive', bytes: 'GET / HTTP/1.0\r\nConnection: keep-alive\t, x\r\n\r\n', requests: [{ keepAlive: true }] },
  {
    name: 'close in trailers says nothing',
    bytes: `${chunked}0\r\nConnection: close\r\n\r\n${get}\r\n`,
    requests: [{ keepAlive: true, trailers: ['Connection', 'close'] }, {}]
  },
  { name: 'Proxy-Connection says nothing', bytes: `${get}Proxy-Connection: close\r\n\r\n`, requests: [{ keepAlive: true }] },

  // Upgrades
  { name: 'an upgrade', bytes: `${upgrade}websocket\r\n\r\nearly`, requests: [{ upgrade: 'websocket' }], end: 'last' },
  {
    name: 'an upgrade to one of several, without h2c',
    bytes: `${upgrade}h2c , websocket\r\nUpgrade: x/2,H2\r\n\r\n`,
    requests: [{ upgrade: 'websocket, x/2' }],
    end: 'last'
  },
  ...[
    ['h2c alone', `${upgrade}h2c\r\n\r\n`], ['nothing', `${upgrade}\r\n\r\n`], ['a body', `${upgrade}x\r\nContent-Length: 2\r\n\r\nhi`], [
      'chunks', `${upgrade}x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`
    ],
    ['no word of it in Connection', `${get}Upgrade: x\r\n\r\n`], [
      'HTTP/1.0', 'GET / HTTP/1.0\r\nConnection: Upgrade, keep-alive\r\nUpgrade: x\r\n\r\n'
    ]
  ].map(
    ([what, bytes]) => (
      { name: `an upgrade with ${what} is none`, bytes: bytes as string, requests: [{ upgrade: undefined, keepAlive: true }] }
    )
  )
]

function visible (from: number, to: number): string {
  return String.fromCharCode(...Array.from({ length: to - from + 1 }, (_, i) => from + i))
}
