import type { Random } from './random.ts'

/** A response to read, and what the request was. */
export interface Sample {
  readonly method: string
  readonly upgrade: boolean
  readonly bytes: Buffer
}

const names = [
  'A', 'X-Y', 'Server', 'Date', 'Set-Cookie', 'set-cookie', 'Content-Type', 'ETag', 'Trailer', 'Upgrade', 'Proxy-Connection',
  'Content-Encoding', "x!#$%&'*+-.^_`|~"
]
const values = ['', 'b', 'a  b', 'W/"x"', 'text/html; charset=utf-8', '\x80\xff', 'a:b', ',', ' ', '\t', 'chunked', '5', 'close']
const reasons = [' OK', ' ', '', ' Not Found', ' \xe9', ' a\tb', '  x ']
const lengths = [
  '0', '1', '5', '05', '5, 5', '5,5', ' 5 ', '+5', '-1', '', '0x5', '5 5', '9007199254740991', '9007199254740993', '18446744073709551616',
  '5,6', '5a'
]
const codings = [
  'chunked', 'Chunked', ' chunked ', 'gzip, chunked', 'chunked, chunked', 'gzip', 'identity', 'chunked,', ',chunked', '', 'chunked;a=b',
  'xchunked', 'chunked x'
]
const connections = [
  'close', 'keep-alive', 'Keep-Alive', 'upgrade', 'Upgrade, close', 'keep-alive, upgrade', 'foo', 'close,', ' close , keep-alive', 'closed',
  '', 'keep-alive,close', 'close foo'
]
const extensions = [
  '', '', '', '', ';a', ';a=b', ';a="b"', ';a="b\\"c";d', ';', ';a=', '; a', ' ', ';a="', ';=b', ';a="\x80"', ';a=b;c="";d=e'
]
const lineEnds = ['\n', '\r', '\r\r\n', '\n\r', '']

/** A response by the grammar of RFC 9112, or nearly so: now and then a production is one that must be refused. */
export function generate (random: Random): Sample {
  const upgrade = random.oneIn(8)
  const method = random.pick(['GET', 'GET', 'GET', 'HEAD', 'POST'])
  let text = ''
  while (random.oneIn(8)) text += informational(random)
  text += upgrade && random.oneIn(2) ? switching(random) : response(random)
  if (random.oneIn(6)) text += random.pick(['\r\n', 'x', 'HTTP/1.1 200 OK\r\n\r\n', response(random)])
  return { method, upgrade, bytes: Buffer.from(text, 'latin1') }
}

function informational (random: Random): string {
  const fields = random.oneIn(3) ? [field(random)] : random.oneIn(6) ? [`Content-Length: ${random.pick(lengths)}`] : []
  return section(random, `HTTP/1.1 ${random.pick(['100', '102', '103', '199'])}${random.pick(reasons)}`, fields)
}

function switching (random: Random): string {
  const fields = ['Upgrade: x', `Connection: ${random.pick(['Upgrade', 'upgrade, foo', 'keep-alive, Upgrade'])}`]
  if (random.oneIn(6)) fields.splice(random.below(2), 1)
  return section(random, `HTTP/1.${random.oneIn(9) ? 0 : 1} 101${random.pick(reasons)}`, fields) + random.pick(['', 'tunnel'])
}

function response (random: Random): string {
  const version = random.oneIn(20)
    ? random.pick(['HTTP/2.0', 'HTTP/0.9', 'http/1.1', 'HTTP/1.2'])
    : random.oneIn(5)
      ? 'HTTP/1.0'
      : 'HTTP/1.1'
  const status = random.oneIn(2)
    ? '200'
    : random.pick(['201', '204', '205', '206', '301', '304', '404', '500', '599', '600', '999', '000', '101', '99', '2000'])
  const fields = Array.from({ length: random.below(5) }, () => field(random))
  let body = ''
  switch (random.below(5)) {
    case 0:
    case 1:
      body = data(random)
      fields.push(`Content-Length: ${random.oneIn(6) ? random.pick(lengths) : body.length}`)
      break
    case 2:
    case 3:
      body = chunkedBody(random)
      fields.push(`Transfer-Encoding: ${random.oneIn(6) ? random.pick(codings) : 'chunked'}`)
      break
    default:
      body = data(random)
  }
  if (random.oneIn(12)) fields.push(`content-length: ${random.oneIn(2) ? body.length : random.pick(lengths)}`)
  if (random.oneIn(20)) fields.push(`transfer-encoding: ${random.pick(codings)}`)
  if (random.oneIn(4)) fields.push(`Connection: ${random.pick(connections)}`)
  if (random.oneIn(10)) fields.unshift(`connection:${random.pick(connections)}`)
  if (fields.length > 1 && random.oneIn(3)) fields.unshift(fields.pop()!)
  const whole = section(random, `${version} ${status}${random.pick(reasons)}`, fields) + body
  return random.oneIn(8) ? whole.slice(0, random.below(whole.length)) : whole
}

function field (random: Random): string {
  return `${random.pick(names)}:${random.pick(['', ' ', '\t', ' \t '])}${random.pick(values)}${random.pick(['', '', '', ' ', '\t'])}`
}

function section (random: Random, first: string, fields: string[]): string {
  return [first, ...fields, ''].map((line) => line + lineEnd(random)).join('')
}

function lineEnd (random: Random): string {
  return random.oneIn(150) ? random.pick(lineEnds) : '\r\n'
}

function data (random: Random): string {
  return random.pick(['', 'x', 'hello', '\r\n', '0\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n', '\0\xff', 'a'.repeat(random.below(300))])
}

function chunkedBody (random: Random): string {
  let text = ''
  for (let i = random.below(4); i > 0; i--) {
    const piece = data(random)
    if (piece === '') continue
    text += `${size(random, piece.length)}${random.pick(extensions)}${lineEnd(random)}${piece}${lineEnd(random)}`
  }
  text += `${random.pick(['0', '0', '0', '00', '000000000000000000'])}${random.oneIn(4) ? random.pick(extensions) : ''}${lineEnd(random)}`
  for (let i = random.oneIn(3) ? 1 + random.below(3) : 0; i > 0; i--) text += field(random) + lineEnd(random)
  return text + lineEnd(random)
}

function size (random: Random, length: number): string {
  const hex = length.toString(16)
  switch (random.below(12)) {
    case 0: return hex.toUpperCase()
    case 1: return hex.padStart(random.pick([2, 8, 16, 17]), '0')
    case 2: return random.pick([`0x${hex}`, ` ${hex}`, `${hex} `, `+${hex}`, `-${hex}`, '', 'fffffffffffffffff', `${hex}g`])
    default: return hex
  }
}
