import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startByteBackend, startByteClient } from '../helpers/bytes.ts'
import { inFlight, startGateway } from '../helpers/gateway.ts'

const head = 'POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n'

for (const [what, framed] of Object.entries({
  'in one piece': 'Content-Length: 2\r\n\r\nok',
  'in chunks': 'Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'
})) {
  test(`the 100 is the backend's, the body follows it, and the client keeps its connection behind an answer ${what}`, async (t) => {
    const backend = await startByteBackend(t, () => {})
    const { port } = await startGateway(t, { BACKENDS: backend.url })
    const client = await startByteClient(t, port, head)
    const connection = await backend.connected(0)
    assert.match(connection.heard(), /^Expect: 100-continue\r$/m)
    assert.equal(client.heard(), '')

    connection.say('HTTP/1.1 100 Go On\r\nX-Mine: 1\r\n\r\n')
    assert.equal(await client.hears('\r\n\r\n'), 'HTTP/1.1 100 Go On\r\nX-Mine: 1\r\n\r\n')
    client.say('hello')
    await connection.hears('\r\n\r\nhello')
    connection.say(`HTTP/1.1 200 OK\r\n${framed}`)
    const heard = await client.hears('ok')
    assert.equal(heard.split('HTTP/1.1').length, 3)
    assert.match(heard, /^Connection: keep-alive\r$/m)
  })
}

test('a client that does not wait for the 100 keeps its connection too', async (t) => {
  const backend = await startByteBackend(t, async (end) => {
    await end.hears('hello')
    end.say('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n')
  })
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const client = await startByteClient(t, port, `${head}hello`)
  assert.match(await client.hears('ok'), /^HTTP\/1\.1 200 [^]*^Connection: keep-alive\r$/m)
})

/** RFC 9110 section 10.1.1: whether the body or the next request comes then cannot be told. */
for (const [what, response] of Object.entries({
  'with a body': 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno',
  'without one': 'HTTP/1.1 304 Not Modified\r\n\r\n',
  'in chunks': 'HTTP/1.1 413 Too Large\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n'
})) {
  test(`an answer ${what} instead of the 100 reaches the client, and ends its connection`, async (t) => {
    const backend = await startByteBackend(t, (end) => { end.say(response) })
    const { port, app } = await startGateway(t, { BACKENDS: backend.url })
    const client = await startByteClient(t, port, head)
    const heard = await client.hearsTheEnd()
    assert.ok(heard.startsWith(response.slice(0, response.indexOf('\r\n'))), heard)
    assert.match(heard, /^Connection: close\r$/m)
    assert.equal(inFlight({ app }), 0)
    await backend.connections[0]?.hearsTheEnd()
    assert.doesNotMatch(backend.connections[0]?.heard() ?? '', /hello/)
  })
}

test('a body that comes all the same after such an answer is no request', async (t) => {
  const backend = await startByteBackend(t, (end) => { end.say('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno') })
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const body = 'GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n'
  const client = await startByteClient(t, port, head.replace('5', String(body.length)))
  await client.hears('no')
  client.say(body)
  assert.equal((await client.hearsTheEnd()).split('HTTP/1.1').length, 2)
  assert.equal(backend.connections.length, 1)
})
