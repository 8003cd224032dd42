import assert from 'node:assert/strict'
import { METHODS } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { startByteBackend, startByteClient, type ByteEnd } from '../helpers/bytes.ts'
import { buildApp, startGateway } from '../helpers/gateway.ts'

const fields =
  'X-CaSe: MiXed\r\n' +
  'x-latin1: caf\xe9 \xa0\xff\r\n' +
  'X-Repeated: 1\r\n' +
  'x-between: a,b ,, "c"\r\n' +
  'x-repeated: 2\r\n' +
  'X-REPEATED: 1\r\n' +
  'X-Tab: a\tb\r\n' +
  'X-Empty: \r\n' +
  'Date: yesterday\r\n' +
  'User-Agent: \r\n' +
  'Content-Type: no type, no subtype\r\n' +
  'content-length: 5\r\n'

function answersOk (end: ByteEnd): void {
  end.say('HTTP/1.1 204 No Content\r\n\r\n')
}

for (const method of ['GET', 'POST', 'PROPFIND', 'REPORT', 'M-SEARCH', 'PURGE', 'QUERY'].filter((name) => METHODS.includes(name))) {
  test(`a ${method} with a body reaches the backend byte for byte`, async (t) => {
    const backend = await startByteBackend(t, answersOk)
    const { port } = await startGateway(t, { BACKENDS: backend.url })
    const head = `${method} /A%2f..//b/%zz/|?q=%00&Q=%FF?#f HTTP/1.1\r\nhOsT: Shop.Example:80\r\nCookie: a=1\r\ncookie: b=2\r\n` +
      `Accept: a\r\nAccept: b\r\n${fields}`
    const client = await startByteClient(t, port, `${head}\r\nb\xf6d\xff\x00`)
    await client.hears('204')
    const [connection] = backend.connections
    const heard = await connection?.hears('b\xf6d\xff\x00') ?? ''
    assert.equal(heard.slice(0, head.length), head)
    assert.match(heard.slice(head.length), /^X-Forwarded-For: [^]*\r\n\r\nb\xf6d\xff\0$/)
  })
}

test('a head of 200 headers reaches the backend with all of them', async (t) => {
  const backend = await startByteBackend(t, answersOk)
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const many = 'a: \r\n'.repeat(198)
  const client = await startByteClient(t, port, `POST / HTTP/1.1\r\nHost: h\r\n${many}Content-Length: 3\r\n\r\nabc`)
  await client.hears('204')
  assert.ok(backend.connections[0]?.heard().startsWith(`POST / HTTP/1.1\r\nHost: h\r\n${many}Content-Length: 3\r\n`))
})

/** Responses that go different ways through the gateway. What is in `rest` is said when the client has the beginning. */
const responses = {
  'in one piece': { framing: 'content-length: 5\r\n', body: 'hello', rest: '' },
  'in two pieces': { framing: 'content-length: 5\r\n', body: 'hel', rest: 'lo' },
  'whose head comes alone': { framing: 'content-length: 5\r\n', body: '', rest: 'hello' },
  'in chunks': { framing: 'Transfer-Encoding: chunked\r\n', body: '5\r\nhello\r\n0\r\n\r\n', rest: '' },
  'that ends with its connection': { framing: 'Connection: close\r\n', body: 'hel', rest: 'lo' }
}

for (const [what, { framing, body, rest }] of Object.entries(responses)) {
  for (const version of ['1.1', '1.0']) {
    test(`the head of a response ${what} reaches a client of HTTP/${version} byte for byte`, async (t) => {
      const head = `HTTP/1.1 299 Gr\xfc\xdfe\r\n${fields.replace('content-length: 5\r\n', 'Set-Cookie: a=1\r\nset-cookie: b=2\r\n' +
        'SERVER: x\r\n')}`
      const backend = await startByteBackend(t, (end) => { end.say(`${head}${framing}\r\n${body}`) })
      const { port } = await startGateway(t, { BACKENDS: backend.url })
      const client = await startByteClient(t, port, `GET / HTTP/${version}\r\nHost: h\r\n\r\n`)
      await client.hears('\r\n\r\n')
      backend.connections[0]?.say(rest)
      if (framing.startsWith('Connection')) backend.connections[0]?.socket.end()
      assert.equal((await client.hears('lo')).slice(0, head.length), head)
    })
  }
}

test('where a hook has set headers, those that the backend repeats are still all there', async (t) => {
  const backend = await startByteBackend(t, (end) => {
    end.say('HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-CaSe: caf\xe9\r\nX-Both: backend\r\nContent-Length: 2\r\n\r\nok')
  })
  const app = await buildApp(t, { BACKENDS: backend.url })
  app.addHook('onRequest', async (_request, reply) => { reply.headers({ 'x-hook': '1', 'x-both': 'hook', 'set-cookie': 'hook=1' }) })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const client = await startByteClient(t, (app.server.address() as AddressInfo).port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  const lines = (await client.hears('ok')).split('\r\n')
  const fieldsOf = (name: RegExp) => lines.filter((line) => name.test(line)).map((line) => line.replace(/^set-cookie/i, 'Set-Cookie'))
  assert.deepEqual(fieldsOf(/^set-cookie:/i), ['Set-Cookie: hook=1', 'Set-Cookie: a=1', 'Set-Cookie: b=2'])
  assert.deepEqual(fieldsOf(/^x-(?!request-id)/i).sort(), ['X-Both: backend', 'X-CaSe: caf\xe9', 'x-hook: 1'])
})
