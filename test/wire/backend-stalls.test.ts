import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { FakeClock } from '../helpers/clock.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { assertLeftBehind, chunked, ok, requestBroken, startBroken, type Behaviour } from '../helpers/raw-backend.ts'
import { standstill, until } from '../helpers/until.ts'
import { assertRefused, assertServes, attack } from '../helpers/wire.ts'

const ten = `${ok}Content-Length: 10\r\n\r\n`
const tooLarge = 'HTTP/1.1 413 Payload Too Large\r\nContent-Length: 3\r\n\r\nno!'

/** Sends `piece` every few milliseconds until the connection is closed. */
function trickle (socket: Socket, piece: string): void {
  const timer = setInterval(() => { socket.write(piece) }, 5)
  socket.once('close', () => { clearInterval(timer) })
}

const heads: Record<string, Behaviour> = {
  'says nothing': '',
  'stops in the status line': 'HTTP/1.1 2',
  'stops in a header': `${ok}X-A: `,
  'stops behind an informational response': 'HTTP/1.1 100 Continue\r\n\r\n',
  'trickles a header': (socket) => {
    socket.write(`${ok}X-A: `)
    trickle(socket, 'a')
  },
  'trickles headers': (socket) => {
    socket.write(ok)
    trickle(socket, 'X-A: a\r\n')
  },
  'trickles informational responses': (socket) => { trickle(socket, 'HTTP/1.1 100 Continue\r\n\r\n') },
  'says nothing and reads nothing': (socket) => { socket.pause() }
}

for (const [what, behaviour] of Object.entries(heads)) {
  test(`a backend that ${what} is given up with 504`, async (t) => {
    const clock = new FakeClock()
    const isTrickling = what.startsWith('trickles')
    const { backend, gateway } = await startBroken(t, behaviour, { RESPONSE_TIMEOUT_MS: '1700' }, { clock })
    const received = attack(gateway.port, requestBroken())
    await until('the limit to run', () => clock.hasTaskIn(1700))
    clock.advance(900)
    // What trickles in now must not move the limit.
    const heard = backend.connections[0]?.bytesWritten ?? 0
    if (isTrickling) await until('a few more bytes', () => (backend.connections[0]?.bytesWritten ?? 0) > heard + 2)
    clock.advance(800)
    assertRefused(await received, 504, backend)
    assert.deepEqual(backend.targets, ['/broken'])
    backend.connections[0]?.resume()
    await assertLeftBehind(backend, gateway)
  })
}

for (const [what, bytes] of Object.entries({
  'before a body': ten,
  'in a body with a length': `${ten}half`,
  'in a chunk': `${chunked}a\r\nhalf`,
  'between two chunks': `${chunked}4\r\nhalf\r\n`,
  'before the last chunk\'s end': `${chunked}4\r\nhalf\r\n0\r\n`,
  'in a body until the end of the connection': `${ok}\r\nhalf`
})) {
  test(`a backend that stops ${what} has its client cut`, async (t) => {
    const clock = new FakeClock()
    const { backend, gateway } = await startBroken(t, bytes, { BODY_IDLE_TIMEOUT_MS: '1700' }, { clock })
    const attacked = attack(gateway.port, requestBroken())
    await clock.letPass(1700)
    const received = await attacked
    assert.match(received, /^HTTP\/1\.1 200 /)
    assert.doesNotMatch(received, /\r\n0\r\n|EVENKEEL/)
    await assertLeftBehind(backend, gateway)
  })
}

test('a body that trickles is let through, however long it takes', async (t) => {
  const clock = new FakeClock()
  const { backend, gateway } = await startBroken(t, ten, { BODY_IDLE_TIMEOUT_MS: '1000', RESPONSE_TIMEOUT_MS: '1000' }, { clock })
  const client = await startByteClient(t, gateway.port, requestBroken())
  for (let sent = 0; sent < 10; sent++) {
    await until('what was sent to arrive', () => client.heard().endsWith(`\r\n\r\n${'a'.repeat(sent)}`))
    clock.advance(900)
    backend.connections[0]?.write('a')
  }
  await client.hearsTheEnd()
  await assertServes(gateway)
  assert.equal(backend.connections[0], backend.connections[1])
})

for (const [framing, start, piece] of [
  ['length', 'Content-Length: 100000000\r\n\r\n', 'a'.repeat(65_536)],
  ['chunks', 'Transfer-Encoding: chunked\r\n\r\n', `10000\r\n${'a'.repeat(65_536)}\r\n`]
] as const) {
  for (const [reading, behaviour] of Object.entries<(socket: Socket) => void>({
    'reads on': (socket) => { socket.write(tooLarge) },
    'reads no more': (socket) => {
      socket.pause()
      socket.write(tooLarge)
    },
    'ends its side': (socket) => { socket.end(tooLarge) }
  })) {
    test(`an early 413 of a backend that ${reading} reaches a client that still sends a body with ${framing}`, async (t) => {
      const { backend, gateway } = await startBroken(t, behaviour)
      const client = await startByteClient(t, gateway.port, `POST /broken HTTP/1.1\r\nHost: h\r\n${start}`)
      const { socket } = client
      const fill = (): void => { while (!client.heard().includes('HTTP/1.1 413') && socket.write(piece)) { /* until it is held */ } }
      socket.on('drain', fill)
      fill()
      await until('the answer', () => client.heard().endsWith('no!'))
      assert.match(client.heard(), /^HTTP\/1\.1 413 /)
      assert.equal(client.errorCode(), undefined)
      backend.connections[0]?.resume()
      await assertLeftBehind(backend, gateway)
    })
  }
}

test('a backend that takes no more of a body is given up with 502, and the client can read it', async (t) => {
  const clock = new FakeClock()
  const { backend, gateway } = await startBroken(t, (socket) => { socket.pause() }, { BODY_IDLE_TIMEOUT_MS: '1700' }, { clock })
  const client = await startByteClient(t, gateway.port, 'POST /broken HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n')
  const piece = 'a'.repeat(65_536)
  let written = 0
  const fill = (): void => { while (client.heard() === '' && client.socket.write(piece)) written++ }
  client.socket.on('drain', fill)
  fill()
  await until('the request to arrive', () => backend.connections.length === 1)
  await standstill(() => written)
  clock.advance(1700)
  const received = await until('the answer', () => client.heard().endsWith('}') && client.heard())
  assertRefused(received, 502, backend)
  assert.deepEqual(backend.targets, ['/broken'])
  backend.connections[0]?.resume()
  await assertLeftBehind(backend, gateway)
})
