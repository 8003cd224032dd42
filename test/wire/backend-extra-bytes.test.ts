import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../helpers/until.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { assertLeftBehind, chunked, ok, requestBroken, startBroken } from '../helpers/raw-backend.ts'
import { assertServes, attack } from '../helpers/wire.ts'

const evil = `${ok}Content-Length: 4\r\n\r\nevil`
const notModified = 'HTTP/1.1 304 Not Modified\r\n'
const noContent = 'HTTP/1.1 204 No Content\r\n'

interface Answer {
  readonly bytes: string
  readonly method?: string
  /** What the client gets behind the head. */
  readonly body: string
  /** Its connection is closed at once: some backends send a body with it all the same. */
  readonly isLast?: boolean
}

/** Whole responses, each of which leaves the backend's side of its connection open. */
const answers: Record<string, Answer> = {
  'a body with a length': { bytes: `${ok}Content-Length: 4\r\n\r\ngood`, body: 'good' },
  'an empty body': { bytes: `${ok}Content-Length: 0\r\n\r\n`, body: '' },
  'the last chunk': { bytes: `${chunked}4\r\ngood\r\n0\r\n\r\n`, body: '4\r\ngood\r\n0\r\n\r\n' },
  trailers: { bytes: `${chunked}4\r\ngood\r\n0\r\nX-A: a\r\n\r\n`, body: '4\r\ngood\r\n0\r\nX-A: a\r\n\r\n' },
  'a 204': { bytes: `${noContent}\r\n`, body: '' },
  'a 304': { bytes: `${notModified}\r\n`, body: '' },
  'a 304 with a length': { bytes: `${notModified}Content-Length: 4\r\n\r\n`, body: '', isLast: true },
  'the answer to HEAD': { bytes: `${ok}Content-Length: 4\r\n\r\n`, method: 'HEAD', body: '', isLast: true },
  'the chunked answer to HEAD': { bytes: chunked, method: 'HEAD', body: '', isLast: true },
  'the answer to HEAD without a length': { bytes: `${ok}\r\n`, method: 'HEAD', body: '', isLast: true }
}

const extras: Record<string, string> = {
  'another response': evil,
  'a body': 'evil',
  'a line end': '\r\n'
}

for (const [place, { bytes, method = 'GET', body, isLast = false }] of Object.entries(answers)) {
  for (const [what, extra] of Object.entries(extras)) {
    test(`${what} behind ${place} reaches nobody, and the connection is not used again`, async (t) => {
      const { backend, gateway } = await startBroken(t, bytes + extra)
      const received = await attack(gateway.port, requestBroken(method))
      assert.equal(received.slice(received.indexOf('\r\n\r\n') + 4), body)
      await assertLeftBehind(backend, gateway)
    })
  }

  if (isLast) continue
  test(`bytes on a connection that is idle behind ${place} reach nobody, and close it`, async (t) => {
    const { backend, gateway } = await startBroken(t, bytes)
    const received = await attack(gateway.port, requestBroken(method))
    assert.equal(received.slice(received.indexOf('\r\n\r\n') + 4), body)
    const [connection] = backend.connections
    assert.equal(connection?.readyState, 'open')
    connection?.write(evil)
    await assertLeftBehind(backend, gateway)
  })
}

test('a 204 that announces a body is passed on without it, and its connection is not used again', async (t) => {
  for (const announced of ['Content-Length: 4\r\n\r\n', 'Transfer-Encoding: chunked\r\n\r\n']) {
    const { backend, gateway } = await startBroken(t, noContent + announced)
    const received = await attack(gateway.port, requestBroken())
    assert.match(received, /^HTTP\/1\.1 204 /)
    assert.doesNotMatch(received, /content-length|transfer-encoding/i)
    await assertLeftBehind(backend, gateway)
  }
})

test('two responses at once answer one request of a pipeline, the next one is asked for anew', async (t) => {
  const { backend, gateway } = await startBroken(t, `${ok}Content-Length: 4\r\n\r\ngood${evil}`)
  const received = await attack(gateway.port, `GET /broken HTTP/1.1\r\nHost: h\r\n\r\n${requestBroken().replace('/broken', '/next')}`)
  assert.match(received, /good[^]*hello$/)
  assert.doesNotMatch(received, /evil/)
  assert.equal(new Set(backend.connections).size, 2)
})

test('a response that comes while the request is still sent closes the connection, whatever comes behind it', async (t) => {
  const { backend, gateway } = await startBroken(t, `${ok}Content-Length: 4\r\n\r\ngood`)
  const client = await startByteClient(t, gateway.port, 'POST /broken HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345')
  await until('the answer', () => client.heard().endsWith('good'))
  await until('the backend\'s connection to be closed', () => backend.connections[0]?.closed)
  client.socket.write(`67890${requestBroken().replace('/broken', '/next')}`)
  assert.match(await client.hearsTheEnd(), /good[^]*hello$/)
  await assertServes(gateway)
})

test('a connection without extra bytes is used again, but for one that has answered a HEAD or a 304 with a length', async (t) => {
  for (const { bytes, method = 'GET', isLast = false } of Object.values(answers)) {
    // In one process, which keeps the connection for the next client.
    const { backend, gateway } = await startBroken(t, bytes, {}, {})
    await attack(gateway.port, requestBroken(method))
    await assertServes(gateway)
    assert.equal(backend.connections[0] === backend.connections[1], !isLast, bytes)
  }
})
