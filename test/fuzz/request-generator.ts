import type { Sample } from './generator.ts'
import type { Random } from './random.ts'

const methods = [
  'GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'M-SEARCH', 'PROPFIND', 'SOURCE', 'TRACE'
]
const oddMethods = ['CONNECT', 'get', 'GE', 'GETX', 'PRI', 'DESCRIBE', 'G@T', '', 'GET\t', 'Post', 'MKCOL', 'UNSUBSCRIBE', 'QUERY']
const targets = [
  '/', '/a', '/a?b=c', '/a/b/../c', '//x/y', '/%zz', '/a|b"<>{}^`', '/?', '/a?b#c', '*', 'http://h/a', 'https://h:81/a?b', 'HTTP://h',
  'http://h?x'
]
const oddTargets = [
  '/a#b', 'a', '', '/a b', '/\xe9', '/a\tb', 'http://u@h/', 'http:///a', 'ftp://h/a', 'h:443', '/\x7f', '/a\0', '?x', '#', 'http://h/#a',
  'http://h h/'
]
const versions = [
  'HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/0.9', 'http/1.1', 'HTTP/1.10', 'RTSP/1.0', 'ICE/1.0', 'HTTP/11', '', 'HTTP/1.1 ', 'HTTP/1,1'
]
const hosts = ['h', 'h.example', 'h:80', '[::1]:80', 'a_b.c']
const oddHosts = ['', 'a b', 'a,b', 'h:', 'h:99999', 'u@h', 'h/', '[::', '\xe9', 'h..x', '.']
const names = [
  'A', 'X-Y', 'Accept', 'Cookie', 'cookie', 'User-Agent', 'Proxy-Connection', 'Upgrade', 'Trailer', 'TE', 'X_Forwarded_For',
  'x!#$%&\'*+-.^_`|~', 'Content_Length'
]
const values = ['', 'b', 'a  b', 'W/"x"', '\x80\xff', 'a:b', ',', ' ', '\t', 'chunked', '5', 'close', 'h2c', 'websocket, h2c', 'trailers']
const lengths = [
  '0', '1', '5', '05', '5, 5', '5,5', ' 5 ', '+5', '-1', '', '0x5', '5 5', '9007199254740991', '9007199254740993', '18446744073709551616',
  '5,6', '5a', '5;a'
]
const codings = [
  'chunked', 'Chunked', ' chunked ', 'gzip, chunked', 'chunked, chunked', 'gzip', 'identity', 'chunked,', ',chunked', '', 'chunked;a=b',
  'xchunked', 'chunked x', '\tchunked', 'chunked\t', '"chunked"'
]
const connections = [
  'close', 'keep-alive', 'Keep-Alive', 'upgrade', 'Upgrade, close', 'keep-alive, upgrade', 'foo', 'close,', ' close , keep-alive', 'closed',
  '', 'close foo', 'TE, close'
]
const expects = ['100-continue', '100-Continue', 'x', '100-continue, x', '']
const extensions = [
  '', '', '', '', ';a', ';a=b', ';a="b"', ';a="b\\"c";d', ';', ';a=', '; a', ' ', ';a="', ';=b', ';a="\x80"', ';a=b;c="";d=e'
]
const lineEnds = ['\n', '\r', '\r\r\n', '\n\r', '', '\r\n ', ' \r\n']

/** What a client may send over one connection, by the grammar of RFC 9112 or nearly so: now and then a production must be refused. */
export function generateRequests (random: Random): Sample {
  let text = random.oneIn(12) ? random.pick(['\r\n', '\r\n\r\n', '\n', '\r', '\r\n'.repeat(40), ' ']) : ''
  for (let i = 1 + random.below(3); i > 0; i--) text += request(random)
  if (random.oneIn(8)) text += random.pick(['\r\n', 'x', 'GET', '\x16\x03\x01\x02', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'])
  if (random.oneIn(8)) text = text.slice(0, random.below(text.length))
  return { method: 'GET', upgrade: false, bytes: Buffer.from(text, 'latin1') }
}

function request (random: Random): string {
  const method = random.oneIn(25) ? random.pick(oddMethods) : random.pick(methods)
  const target = random.oneIn(25) ? random.pick(oddTargets) : random.pick(targets)
  const version = random.oneIn(25) ? random.pick(versions) : random.oneIn(10) ? 'HTTP/1.0' : 'HTTP/1.1'
  const space = random.oneIn(80) ? random.pick(['  ', '\t', '']) : ' '
  const fields = Array.from({ length: random.below(4) }, () => field(random))
  if (!random.oneIn(15)) fields.unshift(`Host: ${random.oneIn(25) ? random.pick(oddHosts) : random.pick(hosts)}`)
  let body = ''
  switch (random.below(6)) {
    case 0:
    case 1:
      body = data(random)
      fields.push(`Content-Length: ${random.oneIn(6) ? random.pick(lengths) : body.length}`)
      break
    case 2:
    case 3:
      body = chunkedBody(random)
      fields.push(`Transfer-Encoding: ${random.oneIn(6) ? random.pick(codings) : 'chunked'}`)
  }
  if (random.oneIn(15)) fields.push(`content-length: ${random.oneIn(2) ? body.length : random.pick(lengths)}`)
  if (random.oneIn(25)) fields.push(`transfer-encoding: ${random.pick(codings)}`)
  if (random.oneIn(5)) fields.push(`Connection: ${random.pick(connections)}`)
  if (random.oneIn(10)) fields.push(`Expect: ${random.pick(expects)}`)
  if (random.oneIn(25)) fields.push(`host: ${random.pick(hosts)}`)
  if (fields.length > 1 && random.oneIn(3)) fields.unshift(fields.pop()!)
  return [`${method}${space}${target}${space}${version}`, ...fields, ''].map((line) => line + lineEnd(random)).join('') + body
}

function field (random: Random): string {
  const name = random.oneIn(60) ? random.pick(['', 'A B', 'A ', ' A', '\xe9', 'A\t', 'A(']) : random.pick(names)
  const value = random.oneIn(60) ? random.pick(['a\0b', '\x7f', 'a\x0bb', 'a\rb', 'a\x01']) : random.pick(values)
  return `${name}:${random.pick(['', ' ', '\t', ' \t '])}${value}${random.pick(['', '', '', ' ', '\t'])}`
}

function lineEnd (random: Random): string {
  return random.oneIn(200) ? random.pick(lineEnds) : '\r\n'
}

function data (random: Random): string {
  return random.pick(
    ['', 'x', 'hello', '\r\n', '0\r\n\r\n', 'GET /in HTTP/1.1\r\nHost: h\r\n\r\n', '\0\xff', 'a'.repeat(random.below(300))]
  )
}

function chunkedBody (random: Random): string {
  let text = ''
  for (let i = random.below(4); i > 0; i--) {
    const piece = data(random)
    if (piece === '') continue
    text += `${size(random, piece.length)}${random.pick(extensions)}${lineEnd(random)}${piece}${lineEnd(random)}`
  }
  text += `${random.pick(['0', '0', '0', '00', '000000000000000000'])}${random.oneIn(4) ? random.pick(extensions) : ''}${lineEnd(random)}`
  for (let i = random.oneIn(4) ? 1 + random.below(3) : 0; i > 0; i--) text += field(random) + lineEnd(random)
  return text + lineEnd(random)
}

function size (random: Random, length: number): string {
  const hex = length.toString(16)
  switch (random.below(14)) {
    case 0: return hex.toUpperCase()
    case 1: return hex.padStart(random.pick([2, 8, 16, 17]), '0')
    case 2: return random.pick([`0x${hex}`, ` ${hex}`, `${hex} `, `+${hex}`, `-${hex}`, '', 'fffffffffffffffff', `${hex}g`])
    default: return hex
  }
}
