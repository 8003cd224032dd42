import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startByteBackend, startByteClient } from '../helpers/bytes.ts'
import { startGateway } from '../helpers/gateway.ts'

const hints = [
  'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nlink: </b.js>; rel=preload\r\nX-Latin1: caf\xe9\r\n\r\n',
  'HTTP/1.1 102 Processing\r\n\r\n',
  'HTTP/1.1 103 Still Early\r\nLink: </c.js>\r\n\r\n'
]
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

test('informational responses reach the client at once and byte for byte, and the answer after them', async (t) => {
  const backend = await startByteBackend(t, (end) => { end.say(hints.join('')) })
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const client = await startByteClient(t, port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  assert.equal(await client.hears('/c.js>\r\n\r\n'), hints.join(''))
  backend.connections[0]?.say(ok)
  const heard = await client.hears('ok')
  assert.match(heard.slice(hints.join('').length), /^HTTP\/1\.1 200 OK\r\nContent-Length: 2\r\n/)
})

test('what belongs to the connection of the backend is not in them', async (t) => {
  const backend = await startByteBackend(t, (end) => {
    end.say(`HTTP/1.1 103 Early Hints\r\nConnection: close\r\nKeep-Alive: timeout=9\r\nLink: </a>\r\n\r\n${ok}`)
  })
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const client = await startByteClient(t, port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  assert.ok((await client.hears('ok')).startsWith('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n'))
})

test('a client of HTTP/1.0 gets none', async (t) => {
  const backend = await startByteBackend(t, (end) => { end.say(hints.join('') + ok) })
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const client = await startByteClient(t, port, 'GET / HTTP/1.0\r\nHost: h\r\n\r\n')
  assert.match(await client.hearsTheEnd(), /^HTTP\/1\.1 200 OK\r\n/)
})

test('a 100 that nobody asked for goes no further', async (t) => {
  const backend = await startByteBackend(t, (end) => { end.say(`HTTP/1.1 100 Continue\r\n\r\n${ok}`) })
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const client = await startByteClient(t, port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  assert.match(await client.hears('ok'), /^HTTP\/1\.1 200 OK\r\n/)
})
