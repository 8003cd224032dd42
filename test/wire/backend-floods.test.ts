import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { startByteClient } from '../helpers/bytes.ts'
import { assertBecomes502, assertLeftBehind, chunked, ok, requestBroken, startBroken } from '../helpers/raw-backend.ts'
import { until } from '../helpers/until.ts'
import { assertRefused, assertServes, attack } from '../helpers/wire.ts'

const mebibyte = 1024 * 1024
/** The largest limit is 64 KiB; the rest is what two kernels' buffers take in before the connection is closed. */
const boundBytes = 32 * mebibyte

const whole: Record<string, string> = {
  'a megabyte of one header': `${ok}X-A: ${'a'.repeat(mebibyte)}\r\n\r\n`,
  'a megabyte of headers': `${ok}${`X-A: ${'a'.repeat(1018)}\r\n`.repeat(1024)}\r\n`,
  'a megabyte of a name': `${ok}${'a'.repeat(mebibyte)}: a\r\n\r\n`,
  'a megabyte of a reason': `HTTP/1.1 200 ${'a'.repeat(mebibyte)}\r\n\r\n`,
  'ten thousand headers': `${ok}${'A: b\r\n'.repeat(10_000)}\r\n`,
  'ten thousand trailers': `${chunked}0\r\n${'A: b\r\n'.repeat(10_000)}\r\n`,
  'a hundred informational responses': `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)}${ok}Content-Length: 0\r\n\r\n`,
  'a megabyte of an informational response': `HTTP/1.1 103 Early Hints\r\nX-A: ${'a'.repeat(mebibyte)}\r\n\r\n${ok}Content-Length: 0\r\n` +
  '\r\n'
}

for (const [name, bytes] of Object.entries(whole)) {
  test(`${name} becomes 502`, async (t) => {
    await assertBecomes502(t, bytes)
  })
}

const endless: Record<string, { start: string, piece: string }> = {
  'an endless status line': { start: 'HTTP/1.1 200 ', piece: 'a' },
  'an endless header': { start: `${ok}X-A: `, piece: 'a' },
  'endless headers': { start: ok, piece: 'X-A: a\r\n' },
  'endless empty headers': { start: ok, piece: 'A:\r\n' },
  'endless spaces before a value': { start: `${ok}X-A:`, piece: ' ' },
  'endless informational responses': { start: '', piece: 'HTTP/1.1 100 Continue\r\n\r\n' },
  'an endless chunk size': { start: chunked, piece: '0' },
  'an endless chunk extension': { start: `${chunked}5;a=`, piece: 'a' },
  'an endless row of chunk extensions': { start: `${chunked}5`, piece: ';a=b' },
  'an endless trailer': { start: `${chunked}0\r\nX-A: `, piece: 'a' },
  'endless trailers': { start: `${chunked}0\r\n`, piece: 'X-A: a\r\n' }
}

for (const [name, { start, piece }] of Object.entries(endless)) {
  test(`${name} ends with the connection`, async (t) => {
    const { backend, gateway } = await startBroken(t, (socket) => { flood(socket, start, piece) })
    const received = await attack(gateway.port, requestBroken())
    assertEnded(received, backend)
    assert.deepEqual(backend.targets, ['/broken'])
    assert.ok((backend.connections[0]?.bytesWritten ?? 0) < boundBytes)
    await assertLeftBehind(backend, gateway)
  })
}

test('chunk extensions that are endless together cut the client', async (t) => {
  const { backend, gateway } = await startBroken(t, (socket) => { flood(socket, chunked, '1;a=b\r\nx\r\n') })
  const received = await attack(gateway.port, requestBroken())
  const [, ...body] = received.split('\r\n\r\n')
  assert.doesNotMatch(body.join(''), /^0\r\n|\n0\r\n/)
  const chunks = body.join('').match(/x/g) ?? []
  assert.ok(chunks.length <= 16_384 / ';a=b'.length, `${chunks.length} chunks`)
  await assertLeftBehind(backend, gateway)
})

test('a client gets a bounded number of early hints, and then 502', async (t) => {
  const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
  const { backend, gateway } = await startBroken(t, (socket) => { flood(socket, '', hint) })
  const received = await attack(gateway.port, requestBroken())
  const hints = received.split(hint)
  assertRefused(hints.pop() ?? '', 502, backend)
  assert.equal(hints.join(''), '')
  assert.ok(hints.length <= 64, `${hints.length} hints`)
  await assertLeftBehind(backend, gateway)
})

test('a flood behind the first piece of a body cuts the client', async (t) => {
  const { backend, gateway } = await startBroken(t, `${chunked}5\r\nfirst\r\n`)
  const client = await startByteClient(t, gateway.port, requestBroken())
  await until('the first chunk to arrive', () => client.heard().endsWith('first\r\n'))
  flood(backend.connections[0] as Socket, '0\r\n', 'X-A: a\r\n')
  assert.ok((await client.hearsTheEnd()).endsWith('first\r\n'))
  await assertLeftBehind(backend, gateway)
})

test('a hundred thousand tiny chunks pass, without a warning from Node', async (t) => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', onWarning)
  t.after(() => { process.off('warning', onWarning) })
  const { backend, gateway } = await startBroken(t, `${chunked}${'1\r\nx\r\n'.repeat(100_000)}0\r\n\r\n`, {}, {})
  const received = await attack(gateway.port, requestBroken())
  assert.ok(received.endsWith('x\r\n0\r\n\r\n'))
  assert.deepEqual(warnings, [])
  await assertServes(gateway)
  assert.equal(backend.connections[0], backend.connections[1])
})

/** Either the gateway had not passed on the head yet, and answers by itself, or it must not make the response look whole. */
function assertEnded (received: string, backend: { readonly port: number }): void {
  if (received.startsWith('HTTP/1.1 502 ')) assertRefused(received, 502, backend)
  else assert.ok(received.endsWith('\r\n\r\n') && !received.includes('\r\n0\r\n'), received)
}

/** Writes `start`, and `piece` again and again until the connection is closed. */
function flood (socket: Socket, start: string, piece: string): void {
  const many = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)), 'latin1')
  const fill = (): void => { while (!socket.destroyed && socket.write(many)) { /* until it is held */ } }
  socket.on('drain', fill)
  socket.write(start, 'latin1')
  fill()
}
