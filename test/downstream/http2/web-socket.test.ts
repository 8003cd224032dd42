import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { INTERNAL_ERROR } from '../../../src/http2/errors.ts'
import { frame } from '../../helpers/frames.ts'
import { get, startHttp2Client } from '../../helpers/http2-client.ts'
import { holds, startListener } from '../../helpers/listener.ts'
import { until } from '../../helpers/until.ts'

/** RFC 6455 section 4.2.2. */
function acceptOf (key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

const webSocket = [':method', 'CONNECT', ':protocol', 'websocket', ...get.slice(2), 'sec-websocket-version', '13']

test('a WebSocket is a stream: its request is that of HTTP/1.1, and 101 becomes 200', async (t) => {
  const { port, heard, listener } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  assert.equal((client.settings as { enableConnectProtocol?: boolean }).enableConnectProtocol, true)
  client.say(client.headers(1, webSocket, false))
  const { exchange } = await until('the request', () => heard[0])
  assert.deepEqual([exchange.head.method, exchange.upgrade], ['GET', 'websocket'])
  const accept = acceptOf(exchange.head.fields.get('sec-websocket-key') as string)
  const tunnel = exchange.openTunnel('', `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nX: y\r\n`)
  let said = ''
  tunnel.listener = {
    onBytes: (bytes) => { said += bytes.toString() },
    onBytesEnd: () => {
      tunnel.write(Buffer.from(`heard ${said}`))
      tunnel.end()
    },
    onDrain: () => {}
  }
  client.say(frame(0, 0, 1, '6162'), frame(0, 1, 1, '63'))
  const { sections, body } = await client.answer(1)
  assert.deepEqual([sections, body], [[[':status', '200', 'x', 'y']], 'heard abc'])
  await until('the end', () => heard[0]?.ends === 1)
  assert.equal(listener.tunnels, 0)
})

test('a WebSocket whose client has ended its side at once is told of that', async (t) => {
  const { port, heard } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, webSocket, true))
  const { exchange } = await until('the request', () => heard[0])
  const accept = acceptOf(exchange.head.fields.get('sec-websocket-key') as string)
  const tunnel = exchange.openTunnel('', `Sec-WebSocket-Accept: ${accept}\r\n`)
  tunnel.listener = { onBytes: () => {}, onBytesEnd: () => { tunnel.end() }, onDrain: () => {} }
  assert.deepEqual((await client.answer(1)).sections, [[':status', '200']])
  await until('the end', () => heard[0]?.ends === 1)
})

test('a WebSocket that its backend answers wrongly, or not at all, is none', async (t) => {
  const { port, heard } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, webSocket, false), client.headers(3, webSocket, false))
  await until('the requests', () => heard.length === 2)
  heard[0]?.exchange.openTunnel('', 'Sec-WebSocket-Accept: no\r\n')
  heard[1]?.answer('hello', 200)
  assert.equal(await client.reset(1), INTERNAL_ERROR)
  assert.deepEqual((await client.answer(3)).sections, [[':status', '502', 'content-length', '5']])
})

test('where an owner takes upgrades, no WebSocket by HTTP/2 is offered: clients use another connection', async (t) => {
  const { port, listener } = await startListener(t, holds)
  listener.on('upgrade', () => {})
  const client = await startHttp2Client(t, port)
  assert.equal((client.settings as { enableConnectProtocol?: boolean }).enableConnectProtocol, false)
  client.say(client.headers(1, webSocket, false))
  assert.equal(await client.reset(1), 1)
})
