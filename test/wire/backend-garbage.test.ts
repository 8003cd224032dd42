import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../fuzz/random.ts'
import { assertBecomes502, assertLeftBehind, type Behaviour, ok, requestBroken, startBroken } from '../helpers/raw-backend.ts'
import { assertRefused, attack } from '../helpers/wire.ts'

const end = 'Content-Length: 0\r\n\r\n'

const garbage: Record<string, string> = {
  'status 99': `HTTP/1.1 99 X\r\n${end}`,
  'status 099': `HTTP/1.1 099 X\r\n${end}`,
  'status 600': `HTTP/1.1 600 X\r\n${end}`,
  'status 888': `HTTP/1.1 888 X\r\n${end}`,
  'status 2000': `HTTP/1.1 2000 X\r\n${end}`,
  'status abc': `HTTP/1.1 abc X\r\n${end}`,
  'a status with a sign': `HTTP/1.1 -20 X\r\n${end}`,
  'no status': `HTTP/1.1\r\n${end}`,
  'two spaces before the status': `HTTP/1.1  200 OK\r\n${end}`,
  'an escape sequence in the reason': `HTTP/1.1 200 \x1b[2J\r\n${end}`,
  'HTTP/0.9': '<html>hello</html>',
  'HTTP/1.2': `HTTP/1.2 200 OK\r\n${end}`,
  'HTTP/2 in the status line': `HTTP/2 200\r\n${end}`,
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'the settings frame of HTTP/2': '\0\0\0\x04\0\0\0\0\0',
  'a TLS alert': '\x15\x03\x01\0\x02\x02\x46',
  'a TLS handshake': `\x16\x03\x03\0\x7a\x02\0\0\x76\x03\x03${'\xa5'.repeat(112)}`,
  'the greeting of SSH': 'SSH-2.0-OpenSSH_9.2\r\n',
  'a request': 'GET / HTTP/1.1\r\nHost: h\r\n\r\n',
  'an empty line before the status line': `\r\n${ok}${end}`,
  'the mark of UTF-8 before the status line': `\xef\xbb\xbf${ok}${end}`,
  'a line without a colon': `${ok}X-A\r\n${end}`,
  'a line without a name': `${ok}: a\r\n${end}`,
  'a name that is no token': `${ok}X(A): a\r\n${end}`,
  'a name outside of ASCII': `${ok}\xfc: a\r\n${end}`
}

for (const [name, bytes] of Object.entries(garbage)) {
  test(`${name} becomes 502`, async (t) => {
    await assertBecomes502(t, bytes)
  })
}

test('bytes by chance become 502, never a crash', async (t) => {
  const random = new Random(42)
  const { backend, gateway } = await startBroken(t, (socket) => {
    // Half of them have a good beginning, so that not all fail at the first byte.
    const start = random.oneIn(2) ? '' : `${ok}X-A: `
    socket.end(start + String.fromCharCode(...Array.from({ length: 1 + random.below(500) }, () => random.below(256))), 'latin1')
  })
  for (let round = 0; round < 200; round++) {
    assertRefused(await attack(gateway.port, requestBroken()), 502, backend)
  }
  await assertLeftBehind(backend, gateway)
})

const truncated: Record<string, string> = {
  'one byte': 'H',
  'half a version': 'HTTP/1.',
  'half a status line': 'HTTP/1.1 20',
  'a status line without its end': 'HTTP/1.1 200 OK',
  'a status line': ok,
  'half a name': `${ok}X-`,
  'half a value': `${ok}X-A: a`,
  'a head without its empty line': `${ok}Content-Length: 5\r\n`,
  'a head without its last byte': `${ok}Content-Length: 5\r\n\r`,
  'an informational response': 'HTTP/1.1 100 Continue\r\n\r\n'
}

for (const [name, bytes] of Object.entries(truncated)) {
  test(`a connection that ends behind ${name} becomes 502`, async (t) => {
    const { backend, gateway } = await startBroken(t, (socket) => { socket.end(bytes) })
    assertRefused(await attack(gateway.port, requestBroken()), 502, backend)
    assert.deepEqual(backend.targets, ['/broken'], 'who has begun to answer is not asked again')
    await assertLeftBehind(backend, gateway)
  })
}

const silent: Record<string, Behaviour> = {
  ends: (socket) => { socket.end() },
  'is reset': (socket) => { socket.resetAndDestroy() }
}

for (const [name, behaviour] of Object.entries(silent)) {
  test(`a connection that ${name} without a byte becomes 502 when no repeat helps`, async (t) => {
    // In one process, whose retries nobody else has used up.
    const { backend, gateway } = await startBroken(t, behaviour, { RETRIES: '2' }, {})
    assertRefused(await attack(gateway.port, requestBroken()), 502, backend)
    assert.equal(backend.targets.length, 3)
    await assertLeftBehind(backend, gateway)
  })

  test(`a connection that ${name} without a byte becomes 502 at once for a POST`, async (t) => {
    const { backend, gateway } = await startBroken(t, behaviour, { RETRIES: '2' })
    assertRefused(await attack(gateway.port, requestBroken('POST')), 502, backend)
    assert.equal(backend.targets.length, 1)
    await assertLeftBehind(backend, gateway)
  })
}
