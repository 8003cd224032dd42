import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

interface Told {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A gateway whose backend tells what it was asked. */
async function startTelling (t: TestContext, own: (app: FastifyInstance) => void) {
  const backend = await startBackend(t, (req, res) => {
    let body = ''
    req.setEncoding('latin1').on('data', (piece) => { body += piece })
    req.on('end', () => { res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers, body })) })
  })
  const plugin = Object.assign(async (app: FastifyInstance) => { own(app) }, { [Symbol.for('skip-override')]: true })
  const { url } = await startGateway(t, { BACKENDS: backend.url }, { plugins: [plugin] })
  const ask = async (options: Parameters<typeof send>[1] = {}): Promise<Told> => JSON.parse((await send(`${url}/a`, options)).body) as Told
  return { ask, url, backend }
}

test('what hooks push to rawHeaders, change and remove there is what the backend gets', async (t) => {
  const { ask } = await startTelling(t, (app) => {
    app.addHook('onRequest', async ({ raw }) => {
      raw.rawHeaders.push('X-Tenant', 'blue')
      const host = raw.rawHeaders.findIndex((name) => name.toLowerCase() === 'host')
      raw.rawHeaders[host + 1] = 'other.example'
      raw.rawHeaders.splice(raw.rawHeaders.indexOf('x-gone'), 2)
    })
  })
  for (const body of [undefined, 'the body']) {
    const told = await ask({ headers: { 'x-gone': '1', 'x-kept': '2' }, ...(body !== undefined && { method: 'POST', body }) })
    const { headers } = told
    assert.deepEqual([headers['x-tenant'], headers['x-gone'], headers['x-kept'], told.body], ['blue', undefined, '2', body ?? ''])
    assert.deepEqual([told.headers.host, told.headers['x-forwarded-host']], ['other.example', 'other.example'])
  }
})

test('reading what a request has changes nothing', async (t) => {
  const { ask } = await startTelling(t, (app) => {
    app.addHook('onRequest', async ({ raw, headers }) => {
      assert.deepEqual([raw.headersDistinct['x-a'], headers['x-a'], raw.rawHeaders.includes('X-A')], [['1', '2'], '1, 2', true])
    })
  })
  assert.equal((await ask({ headers: { 'X-A': ['1', '2'] } })).headers['x-a'], '1, 2')
})

test('a body that was forwarded is complete when the response has left', async (t) => {
  const seen: boolean[] = []
  const { ask } = await startTelling(t, (app) => {
    app.addHook('onResponse', async ({ raw }) => { seen.push(raw.complete, raw.aborted) })
  })
  await ask({ method: 'POST', body: 'body' })
  await until('the hook to have run', () => seen.length > 0)
  assert.deepEqual(seen, [true, false])
})

test('another method and another url are what the backend gets', async (t) => {
  const { ask } = await startTelling(t, (app) => {
    app.addHook('onRequest', async ({ raw }) => {
      raw.method = 'PUT'
      raw.url = '/b?c=%20'
    })
  })
  const { method, url } = await ask()
  assert.deepEqual([method, url], ['PUT', '/b?c=%20'])
})

test('a header that cannot be sent is a 500, and nothing reaches the backend', async (t) => {
  const { url, backend } = await startTelling(t, (app) => {
    app.addHook('onRequest', async ({ raw, url }) => {
      if (url === '/a') raw.rawHeaders.push('X-Injected', 'a\r\nX-More: b')
      if (url === '/b') raw.rawHeaders.push('X Injected', 'a')
      if (url === '/c') raw.rawHeaders.push('X-Odd', '\u20ac')
    })
  })
  for (const path of ['/a', '/b', '/c']) assert.equal((await send(url + path)).status, 500, path)
  assert.equal(backend.requests.length, 0)
  assert.equal((await send(`${url}/d`)).status, 200)
})

test('a method that is none is a 500, and nothing reaches the backend', async (t) => {
  const { url, backend } = await startTelling(t, (app) => {
    app.addHook('onRequest', async ({ raw, url }) => { raw.method = url === '/a' ? 'GET / HTTP/1.1\r\nX-Injected: a\r\n\r\nGET' : 'get' })
  })
  for (const path of ['/a', '/b']) assert.equal((await send(url + path)).status, 500, path)
  assert.equal(backend.requests.length, 0)
})

test('fields that would frame the body otherwise, and a second Host, are a 500, and nothing reaches the backend', async (t) => {
  const { url, backend } = await startTelling(t, (app) => {
    app.addHook('onRequest', async ({ raw, url }) => {
      const { rawHeaders } = raw
      if (url === '/length') rawHeaders.push('content-length', '3')
      if (url === '/chunked') rawHeaders.push('Transfer-Encoding', 'chunked')
      if (url === '/host') rawHeaders.push('Host', 'other')
      if (url === '/none') rawHeaders.splice(rawHeaders.findIndex((text) => text.toLowerCase() === 'content-length'), 2)
      if (url === '/fine') rawHeaders.push('X-Fine', 'a')
    })
  })
  for (const path of ['/length', '/chunked', '/host', '/none']) {
    assert.equal((await send(url + path, { method: 'POST', body: 'body', headers: { 'content-length': '4' } })).status, 500, path)
  }
  assert.equal(backend.requests.length, 0)
  assert.equal((await send(`${url}/fine`, { method: 'POST', body: 'body', headers: { 'content-length': '4' } })).status, 200)
})

test('a hook that reads the body itself still has it forwarded, when it returns another one', async (t) => {
  const { ask } = await startTelling(t, (app) => {
    app.addHook('preParsing', async (_request, _reply, payload) => {
      const { Readable } = await import('node:stream')
      const { text } = await import('node:stream/consumers')
      return Readable.from([Buffer.from((await text(payload)).toUpperCase())])
    })
  })
  assert.equal((await ask({ method: 'POST', body: 'body' })).body, 'BODY')
})
