import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { startByteBackend, startByteClient, type ByteBackend, type ByteEnd } from '../helpers/bytes.ts'
import { buildApp } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

const highBytes = Array.from({ length: 128 }, (_, i) => String.fromCharCode(0x80 + i))
/** All of them, and runs that read like UTF-8, whole and broken. */
const text = `a${highBytes.join('')}z ${Buffer.from('日本 é €').toString('latin1')} \xe6\x97 \xff\xc3\xa9`
const names = ['Content-Disposition', 'Link', 'Location', 'Set-Cookie', 'X-Any', 'Server', 'ETag', 'Content-Type', 'Via', 'Date', 'Age']
const fields = [
  ...names.map((name) => `${name}: ${text}\r\n`),
  ...highBytes.map((byte) => `content-disposition: ${byte}\r\n`),
  ...highBytes.map((byte) => `X-One: ${byte}\r\n`)
].join('')
const reason = `R\xe9ason ${text}`
/** Those of `names` that may be trailers. */
const trailers = ['Content-Disposition', 'Link', 'X-Any', 'Server', 'ETag', 'Age'].map((name) => `${name}: ${text}\r\n`).join('')
const hookFields = `x-hook: ${text}\r\nset-cookie: hook=${text}\r\n`
const long = 'L'.repeat(20_000)

interface Response {
  readonly method?: string
  readonly status?: number
  /** Said before `fields`: the order matters to Node. */
  readonly framing: string
  readonly body?: string
  /** Said when the client has the beginning. */
  readonly rest?: string
  readonly endsWithConnection?: boolean
  /** The body as a client of HTTP/1.1 and of HTTP/1.0 gets it. */
  readonly expected: readonly [string, string]
}

const responses: Record<string, Response> = {
  whole: { framing: 'Content-Length: 4\r\n', body: 'body', expected: ['body', 'body'] },
  'whole and long': { framing: `Content-Length: ${long.length}\r\n`, body: long, expected: [long, long] },
  'with its head alone': { framing: 'Content-Length: 4\r\n', rest: 'body', expected: ['body', 'body'] },
  'in pieces': { framing: 'Content-Length: 4\r\n', body: 'bo', rest: 'dy', expected: ['body', 'body'] },
  'of no bytes': { framing: 'Content-Length: 0\r\n', expected: ['', ''] },
  'in chunks': {
    framing: 'Transfer-Encoding: chunked\r\n',
    body: `4\r\nbody\r\n0\r\n${trailers}\r\n`,
    expected: [`4\r\nbody\r\n0\r\n${trailers}\r\n`, 'body']
  },
  'in chunks that come one by one': {
    framing: 'Transfer-Encoding: chunked\r\n',
    body: '2\r\nbo\r\n',
    rest: `2\r\ndy\r\n0\r\n${trailers}\r\n`,
    expected: [`2\r\nbo\r\n2\r\ndy\r\n0\r\n${trailers}\r\n`, 'body']
  },
  'in chunks, with its head alone': {
    framing: 'Transfer-Encoding: chunked\r\n',
    rest: '4\r\nbody\r\n0\r\n\r\n',
    expected: ['4\r\nbody\r\n0\r\n\r\n', 'body']
  },
  'until the connection closes': {
    framing: '',
    body: 'bo',
    rest: 'dy',
    endsWithConnection: true,
    expected: ['2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n', 'body']
  },
  'to a HEAD': { method: 'HEAD', framing: 'Content-Length: 4\r\n', expected: ['', ''] },
  'to a HEAD, of no length': { method: 'HEAD', framing: 'Transfer-Encoding: chunked\r\n', expected: ['', ''] },
  'without content': { status: 204, framing: '', expected: ['', ''] },
  'not modified': { status: 304, framing: 'Content-Length: 4\r\n', expected: ['', ''] },
  'after an informational one': {
    framing: 'Content-Length: 4\r\n',
    body: 'body',
    expected: ['body', 'body']
  }
}

const clients = {
  'that keeps its connection': { version: '1.1', connection: 'keep-alive' },
  'that wants it closed': { version: '1.1', connection: 'close' },
  'of HTTP/1.0': { version: '1.0', connection: 'close' },
  'of HTTP/1.0 that keeps its connection': { version: '1.0', connection: 'keep-alive' }
}

const early = `HTTP/1.1 103 ${reason}\r\n${fields}\r\n`

function headOf ({ status = 299, framing }: Response): string {
  return `HTTP/1.1 ${status} ${reason}\r\n${framing}${fields}`
}

/** A backend that says the beginning of the response that the path names. */
function startResponses (t: TestContext): Promise<ByteBackend> {
  return startByteBackend(t, (end) => {
    const what = whatIsAsked(end)
    const response = responses[what] as Response
    end.say(`${what === 'after an informational one' ? early : ''}${headOf(response)}Connection: close\r\n\r\n${response.body ?? ''}`)
  })
}

function whatIsAsked (end: ByteEnd): string {
  return decodeURIComponent(end.heard().split(' ')[1]?.slice(1) ?? '')
}

async function startGateway (t: TestContext, backend: ByteBackend, hasHook: boolean): Promise<number> {
  const app = await buildApp(t, { BACKENDS: backend.url })
  if (hasHook) {
    app.addHook('onRequest', async (_request, reply) => {
      reply.headers({ 'x-hook': text, 'set-cookie': `hook=${text}`, 'content-disposition': `of the hook ${text}`, 'content-length': '77' })
    })
  }
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

for (const hasHook of [false, true]) {
  for (const [which, { version, connection }] of Object.entries(clients)) {
    test(`every byte of every header reaches a client ${which}${hasHook ? ', where a hook sets headers' : ''}`, async (t) => {
      const backend = await startResponses(t)
      const port = await startGateway(t, backend, hasHook)
      for (const [what, response] of Object.entries(responses)) {
        const { method = 'GET', rest = '', endsWithConnection = false, expected, framing } = response
        const before = backend.connections.length
        const target = `/${encodeURIComponent(what)}`
        const client = await startByteClient(t, port, `${method} ${target} HTTP/${version}\r\nHost: h\r\nConnection: ${connection}\r\n\r\n`)
        const far = await backend.connected(before)
        await client.hears('\r\n\r\n')
        far.say(rest)
        if (endsWithConnection) far.socket.end()
        const ending = expected[version === '1.1' ? 0 : 1]
        const heard = await until(`the response ${what}`, () => client.heard().endsWith(`\r\n\r\n${ending}`) && client.heard())
        const final = heard.slice(heard.lastIndexOf(`HTTP/1.1 ${response.status ?? 299} `))
        if (what === 'after an informational one' && version === '1.1') assert.ok(heard.startsWith(early), 'the informational one')
        assert.equal(final.slice(0, final.indexOf('\r\n')), `HTTP/1.1 ${response.status ?? 299} ${reason}`)
        if (hasHook) assert.ok(final.includes(hookFields), `${what}: the hook's fields are not there`)
        assert.ok(final.includes(fields), `${what}: the fields are not all there, in their order`)
        assert.doesNotMatch(final, /of the hook|: 77\r/)
        const isKept = connection === 'keep-alive' && (version === '1.1' || framing.startsWith('Content-Length'))
        assert.match(final, isKept ? /^Connection: keep-alive\r$/m : /^Connection: close\r$/m, what)
        if (isKept) continue
        await client.hearsTheEnd()
        assert.ok(client.heard().endsWith(`\r\n\r\n${ending}`), what)
      }
    })
  }
}

test('every byte of every header of a 101 reaches the client', async (t) => {
  const switching = `HTTP/1.1 101 ${reason}\r\nConnection: Upgrade\r\nUpgrade: x\r\n${fields}\r\n`
  const backend = await startByteBackend(t, (end) => { end.say(`${switching}${text}`) })
  const port = await startGateway(t, backend, false)
  const client = await startByteClient(t, port, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  await until('the end', () => client.heard().endsWith(`\r\n\r\n${text}`))
  assert.equal(client.heard().replace(/X-Request-Id: [\w-]+\r\n/, ''), `${switching}${text}`)
})

test('every byte of every header of a refused upgrade reaches the client', async (t) => {
  const head = `HTTP/1.1 403 ${reason}\r\nContent-Length: 4\r\n${fields}`
  const backend = await startByteBackend(t, (end) => { end.say(`${head}\r\nstop`) })
  const port = await startGateway(t, backend, false)
  const client = await startByteClient(t, port, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  const heard = await client.hearsTheEnd()
  assert.ok(heard.startsWith(head), heard)
  assert.ok(heard.endsWith('\r\n\r\nstop'), heard)
})

test('a plain download whose file has a name that is not ASCII ends nothing', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Disposition: a\xe9\r\n'
  const backend = await startByteBackend(t, (end) => { end.say(`${head}\r\n`) })
  const port = await startGateway(t, backend, false)
  const client = await startByteClient(t, port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  await client.hears('\r\n\r\n')
  backend.connections[0]?.say('body')
  assert.ok((await client.hears('body')).startsWith(head))
  assert.equal(backend.connections.length, 1)
})
