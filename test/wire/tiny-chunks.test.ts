import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startByteBackend, startByteClient } from '../helpers/bytes.ts'
import { startAnyGateway } from '../helpers/any-gateway.ts'

const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'
const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

test('chunks of one byte that come together go on as one chunk, since each costs more than its byte', async (t) => {
  const backend = await startByteBackend(t, (end) => { end.say(`${head}${'1\r\nx\r\n'.repeat(1000)}`) })
  const { port } = await startAnyGateway(t, { BACKENDS: backend.url })
  const client = await startByteClient(t, port, get)
  const heard = await client.hears('x'.repeat(1000))
  assert.ok(heard.endsWith(`\r\n\r\n3e8\r\n${'x'.repeat(1000)}\r\n`))
  backend.connections[0]?.say('1\r\ny\r\n0\r\n\r\n')
  assert.ok((await client.hears('0\r\n\r\n')).endsWith('\r\n1\r\ny\r\n0\r\n\r\n'))
})

test('a whole response in chunks of one byte goes on as one chunk', async (t) => {
  const backend = await startByteBackend(t, (end) => { end.say(`${head}${'1\r\nx\r\n'.repeat(1000)}0\r\nX-Sum: 7\r\n\r\n`) })
  const { port } = await startAnyGateway(t, { BACKENDS: backend.url })
  const client = await startByteClient(t, port, get)
  assert.ok((await client.hears('X-Sum: 7\r\n\r\n')).endsWith(`\r\n\r\n3e8\r\n${'x'.repeat(1000)}\r\n0\r\nX-Sum: 7\r\n\r\n`))
})

for (const bytes of [9000, 20_000]) {
  test(`chunks of ${bytes} bytes arrive with all of their bytes, however they are cut`, async (t) => {
    const chunk = Buffer.alloc(bytes, 'abcdefghij').toString('latin1')
    const framed = `${bytes.toString(16)}\r\n${chunk}\r\n`
    const backend = await startByteBackend(t, (end) => { end.say(`${head}${framed.repeat(20)}0\r\n\r\n`) })
    const { url } = await startAnyGateway(t, { BACKENDS: backend.url })
    assert.equal(await (await fetch(url)).text(), chunk.repeat(20))
  })
}
