import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linesToClient, switchingLines, trailerLines } from '../../src/forwarding/headers-to-client.ts'
import { Fields } from '../../src/http/fields.ts'
import { ResponseParser } from '../../src/http1/response-parser.ts'
import type { ResponseHead } from '../../src/http/heads.ts'

const plain = { mayHaveTrailers: false, requestIdLine: 'X-Request-Id: 1\r\n', hookLines: '' }
const date = 'Date: Thu, 26 Nov 2026 06:00:00 GMT\r\n'
const ofConnection = 'Connection: close, X-B\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nTE: x\r\nUpgrade: x\r\nProxy: x\r\n'

function headOf (lines: string, status = '200 OK'): ResponseHead {
  let head: ResponseHead | undefined
  const note = (read: ResponseHead): void => { head = read }
  const parser = new ResponseParser()
  parser.begin('HEAD', { onInformational: note, onHead: note, onBody () {}, onComplete () {} }, true)
  parser.execute(Buffer.from(`HTTP/1.1 ${status}\r\n${lines}\r\n`, 'latin1'))
  return head ?? assert.fail('the head is not whole')
}

test('lines that mean nothing to the gateway pass byte for byte, blanks included', () => {
  const lines =
    `X-CaSe:  a\t b \t\r\nset-cookie:a\r\n${date}` +
    'Set-Cookie: b\r\nServer: caf\xe9\r\nX_Forwarded_For: 1\r\nX-Real-IP: 2\r\nVia: 1.1 x\r\nContent-Length: 5\r\n'
  assert.equal(linesToClient(headOf(lines), plain), `${lines}X-Request-Id: 1\r\n`)
})

test('what belongs to the connection to the backend stays there', () => {
  const lines = linesToClient(
    headOf(`A: 1\r\n${ofConnection}X-B: 2\r\nTransfer-Encoding: chunked\r\nx-request-id: own\r\n${date}C: 3\r\n`), plain
  )
  assert.equal(lines, `A: 1\r\n${date}C: 3\r\nX-Request-Id: 1\r\n`)
})

test('no Connection field takes Content-Length away, nor a Trailer that can be kept', () => {
  const head = headOf(`Connection: content-length, trailer, date, a\r\nContent-Length: 5\r\nTrailer: x\r\nA: 1\r\n${date}`)
  const lines = linesToClient(head, { ...plain, mayHaveTrailers: true })
  assert.match(lines, /^Content-Length: 5\r\nTrailer: x\r\nDate: .*\r\nX-Request-Id: 1\r\n$/)
  assert.ok(!lines.includes(date))
})

test('a Content-Length with odd blanks, or said twice, is written as one that nobody reads in two ways', () => {
  assert.equal(linesToClient(headOf(`content-length:\t5 \r\n${date}`), plain), `content-length: 5\r\n${date}X-Request-Id: 1\r\n`)
  assert.equal(
    linesToClient(headOf(`A: b\r\nContent-Length: 5, 5\r\n${date}content-length: 05\r\n`), plain),
    `A: b\r\nContent-Length: 5\r\n${date}X-Request-Id: 1\r\n`
  )
})

test('a 204 has no Content-Length', () => {
  assert.equal(linesToClient(headOf(`Content-Length: 0\r\n${date}`, '204 No'), plain), `${date}X-Request-Id: 1\r\n`)
})

test('Trailer passes where trailers may follow', () => {
  const head = headOf(`Trailer: X-Sum\r\n${date}`)
  assert.equal(linesToClient(head, { ...plain, mayHaveTrailers: true }), `Trailer: X-Sum\r\n${date}X-Request-Id: 1\r\n`)
  assert.equal(linesToClient(head, plain), `${date}X-Request-Id: 1\r\n`)
})

test('a response without a date gets one, unless a hook has set it', () => {
  const before = Math.floor(Date.now() / 1000) * 1000
  const written = linesToClient(headOf('A: b\r\n'), plain)
  const [, text = ''] = /^A: b\r\nDate: (.*)\r\nX-Request-Id: 1\r\n$/.exec(written) ?? []
  const time = Date.parse(text)
  assert.ok(time >= before && time <= Date.now(), written)
  assert.equal(new Date(time).toUTCString(), text)
  assert.equal(
    linesToClient(headOf('A: b\r\n'), { ...plain, hookLines: 'x-h: 1\r\ndate: now\r\n' }),
    'x-h: 1\r\ndate: now\r\nA: b\r\nX-Request-Id: 1\r\n'
  )
})

test('a 101 keeps Connection and Upgrade', () => {
  const head = headOf(
    'Connection: Upgrade, X-B\r\nX-B: 1\r\nUpgrade: x\r\nSec-WebSocket-Accept: y\r\nProxy: z\r\nX-Request-Id: own\r\n', '101 Switching'
  )
  assert.equal(switchingLines(head, 'E: 1\r\n'), 'E: 1\r\nConnection: Upgrade, X-B\r\nX-B: 1\r\nUpgrade: x\r\nSec-WebSocket-Accept: y\r\n')
})

test('trailers that would change the message are left out, others pass', () => {
  const trailers = [
    'X-Sum', '1', 'Host', 'x', 'Set-Cookie', 'x', 'x-sum', 'caf\xe9', 'X_Forwarded_For', 'x', 'Date', 'x', 'Expect', 'x', 'AGE', '1',
    'Cookie', 'x'
  ]
  const passing = 'X-Sum: 1\r\nx-sum: caf\xe9\r\nAGE: 1\r\n'
  assert.equal(trailerLines(Fields.from(trailers)), passing)
  assert.equal(trailerLines(trailers), passing)
  assert.equal(trailerLines(Fields.none), '')
})
