import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { startAnyGateway } from '../helpers/any-gateway.ts'
import { answers, startBackend } from '../helpers/backend.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { startGateway } from '../helpers/gateway.ts'
import { settled, until } from '../helpers/until.ts'
import { assertRefused, assertServes, attack, startTarget } from '../helpers/wire.ts'

/*
 * The 33 cases of https://github.com/uNetworking/h1spec, in our words: the answer that it asks for, or that the server waits.
 * It gives a server half a second to show that it waits; here the request is completed, and answered.
 */

const whole = 'GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** Where the request is cut: each beginning of it is waited for. */
const fragments = {
  'a method': 'G',
  'a method and a space': 'GET ',
  'a target': 'GET /hello',
  'a target and a space': 'GET /hello ',
  'half a version': 'GET /hello HTTP',
  'a request line': 'GET /hello HTTP/1.1',
  'a request line and CR': 'GET /hello HTTP/1.1\r',
  'a request line with its end': 'GET /hello HTTP/1.1\r\n',
  'half a field name': 'GET /hello HTTP/1.1\r\nHos',
  'a field name and its colon': 'GET /hello HTTP/1.1\r\nHost:',
  'the space before a value': 'GET /hello HTTP/1.1\r\nHost: ',
  'a value': 'GET /hello HTTP/1.1\r\nHost: localhost',
  'a value and CR': 'GET /hello HTTP/1.1\r\nHost: localhost\r',
  'a field line with its end': 'GET /hello HTTP/1.1\r\nHost: localhost\r\n',
  'the last CR of a head': 'GET /hello HTTP/1.1\r\nHost: localhost\r\n\r'
}

for (const [what, fragment] of Object.entries(fragments)) {
  test(`the gateway waits behind ${what}, and answers when the rest comes`, async (t) => {
    const backend = await startBackend(t, answers('hello'))
    const { app, port } = await startGateway(t, { BACKENDS: backend.url })
    let connection: Socket | undefined
    app.server.on('connection', (socket: Socket) => { connection = socket })
    const client = await startByteClient(t, port, fragment)
    await until('the fragment to be read', () => connection?.bytesRead === fragment.length)
    for (let turns = 0; turns < 20; turns++) await settled()
    assert.equal(client.heard(), '')
    client.say(whole.slice(fragment.length))
    assert.match(await client.hears('hello'), /^HTTP\/1\.1 200 /)
  })
}

const host = 'Host: example.com\r\n'

const refusals = {
  'no version': 'GET / \r\n\r\n',
  'brackets in a field name': `GET / HTTP/1.1\r\n${host}X-Invalid[]: test\r\n\r\n`,
  'no Host': 'GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n',
  'two Host fields': `GET / HTTP/1.1\r\n${host}Host: example.org\r\n\r\n`,
  'a negative length beyond all numbers': `GET / HTTP/1.1\r\n${host}Content-Length: -123456789123456789123456789\r\n\r\n`,
  'a negative length': `GET / HTTP/1.1\r\n${host}Content-Length: -1234\r\n\r\n`,
  'a length that is no number': `GET / HTTP/1.1\r\n${host}Content-Length: abc\r\n\r\n`,
  'a control character in a value': `GET / HTTP/1.1\r\n${host}X-Bad-Control-Char: test\x07\r\n\r\n`,
  'a version that does not exist': `GET / HTTP/9.9\r\n${host}\r\n`,
  'something before the method': `Extra lineGET / HTTP/1.1\r\n${host}\r\n`,
  'CR at the beginning of a field line': `GET / HTTP/1.1\r\n${host}\rSome-Header: Test\r\n\r\n`,
  'two framings': `POST / HTTP/1.1\r\n${host}content-LengtH: 5\r\nTransFer-Encoding: chunked\r\n\r\nc\r\nHellO world1\r\n0\r\n\r\n`
}

for (const [what, bytes] of Object.entries(refusals)) {
  test(`a request with ${what} is answered with 400`, async (t) => {
    const { backend, gateway } = await startTarget(t)
    assertRefused(await attack(gateway.port, bytes), 400, backend)
    assert.equal(backend.requests.length, 0)
    await assertServes(gateway)
  })
}

/** The request, and its body, which comes back. */
const served: Record<string, [bytes: string, body: string]> = {
  'a field in unusual case with a tab, and one that is empty': ['GET / HTTP/1.1\r\nhoSt:\texample.com\r\nempty:\r\n\r\n', ''],
  'nothing unusual': [`GET / HTTP/1.1\r\n${host}\r\n`, ''],
  'an empty value': [`GET / HTTP/1.1\r\n${host}X-Empty-Header: \r\n\r\n`, ''],
  'an expectation and no body': [`GET / HTTP/1.1\r\n${host}Expect: 100-continue\r\n\r\n`, ''],
  'a body': [`POST / HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`, 'hello'],
  'a chunked body': [`POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nc\r\nHellO world1\r\n0\r\n\r\n`, 'HellO world1']
}

for (const [what, [bytes, body]] of Object.entries(served)) {
  test(`a request with ${what} is served`, async (t) => {
    const backend = await startBackend(t, (req, res) => {
      let got = ''
      req.setEncoding('latin1').on('data', (piece) => { got += piece })
      req.on('end', () => { res.end(`got:${got}.`) })
    })
    const { port } = await startAnyGateway(t, { BACKENDS: backend.url })
    const client = await startByteClient(t, port, bytes)
    assert.match(await client.hears(`\r\n\r\ngot:${body}.`), /^HTTP\/1\.1 (?:100 Continue\r\n\r\nHTTP\/1\.1 )?200 /)
  })
}

test('h1spec has 33 cases, and so has this table', () => {
  assert.equal([fragments, refusals, served].reduce((sum, cases) => sum + Object.keys(cases).length, 0), 33)
})
