import assert from 'node:assert/strict'
import { PassThrough, Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { createGunzip, gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { echoes, startBackend, type TestBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { buildApp } from '../helpers/gateway.ts'

async function startWith (
  t: TestContext,
  add: (app: FastifyInstance) => void,
  settings: Record<string, string> = {}
): Promise<{ url: string; backend: TestBackend; app: FastifyInstance }> {
  const backend = await startBackend(t, echoes)
  const app = await buildApp(t, { BACKENDS: backend.url, ...settings })
  add(app)
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }), backend, app }
}

for (const hasOwnRoute of [false, true]) {
  const beside = hasOwnRoute ? ', beside an own route' : ''

  test(`the stream that preParsing returns is what is forwarded${beside}`, async (t) => {
    const { url, backend } = await startWith(t, (app) => {
      app.addHook('preParsing', async (_request, _reply, payload) => payload.pipe(createGunzip()))
      if (hasOwnRoute) app.post('/own', async () => 'own')
    })
    const zipped = gzipSync('the body').toString('latin1')
    for (const method of ['POST', 'DELETE']) {
      const response = await fetch(url, { method, headers: { 'content-type': 'text/plain' }, body: Buffer.from(zipped, 'latin1') })
      assert.equal(await response.text(), 'the body')
      const { headers } = backend.requests.at(-1) ?? assert.fail()
      assert.deepEqual([headers['content-length'], headers['transfer-encoding']], [undefined, 'chunked'])
    }
  })

  test(`an error of the stream that preParsing returns ends the request with 400${beside}`, async (t) => {
    const { url, app } = await startWith(t, (app) => {
      app.addHook('preParsing', async (_request, _reply, payload) => payload.pipe(createGunzip()))
      if (hasOwnRoute) app.post('/own', async () => 'own')
    })
    const answer = await send(url, { method: 'POST', headers: { 'content-length': '5' }, body: 'plain' })
    assert.equal(answer.status, 400)
    assert.equal(app.forwarder.openExchanges, 0)
  })
}

test('a stream of preParsing whose pieces are neither text nor bytes ends the request with 500', async (t) => {
  const { url, app } = await startWith(t, (app) => {
    app.addHook('preParsing', async (_request, _reply, payload) => {
      payload.resume()
      return Readable.from([{ a: 1 }, 5])
    })
  })
  const answer = await send(url, { method: 'POST', headers: { 'content-length': '5' }, body: 'plain' })
  assert.equal(answer.status, 500)
  assert.equal(app.forwarder.openExchanges, 0)
})

test('a hook that has read the beginning of a body, and puts nothing in its place, gets no half a body forwarded', async (t) => {
  const { url, backend } = await startWith(t, (app) => {
    app.addHook('onRequest', async ({ raw }) => {
      await new Promise((resolve) => { raw.once('data', resolve) })
    })
  })
  const answer = await send(url, { method: 'POST', headers: { 'content-length': '5' }, body: 'plain' })
  assert.equal(answer.status, 500)
  assert.equal(backend.requests.length, 0)
})

test('a stream that is destroyed before its end ends the request', async (t) => {
  const { url } = await startWith(t, (app) => {
    app.addHook('preParsing', async (_request, _reply, payload) => {
      payload.resume()
      const stream = new PassThrough()
      stream.write('half')
      setImmediate(() => { stream.destroy() })
      return stream
    })
  })
  assert.equal((await send(url, { method: 'POST', headers: { 'content-length': '1' }, body: 'a' })).status, 400)
})

test('a stream of text is forwarded in UTF-8', async (t) => {
  const { url } = await startWith(t, (app) => {
    app.addHook('preParsing', async (_request, _reply, payload) => {
      payload.resume()
      return Readable.from(['ä', 'ß'], { objectMode: false, encoding: 'utf8' }) as never
    })
  })
  const answer = await send(url, { method: 'POST', headers: { 'content-length': '1' }, body: 'a' })
  assert.equal(Buffer.from(answer.body, 'latin1').toString(), 'äß')
})

test('a hook that returns nothing leaves the body as it is', async (t) => {
  const { url, backend } = await startWith(t, (app) => { app.addHook('preParsing', async () => undefined) })
  const answer = await send(url, { method: 'POST', headers: { 'content-length': '4' }, body: 'body' })
  assert.deepEqual([answer.body, backend.requests[0]?.headers['content-length']], ['body', '4'])
})

test('a GET without a body stays without one', async (t) => {
  const { url, backend } = await startWith(t, (app) => {
    app.addHook('preParsing', async (_request, _reply, payload) => payload.pipe(new PassThrough()))
  })
  assert.equal((await send(url)).status, 200)
  assert.equal(backend.requests[0]?.headers['transfer-encoding'], undefined)
})

test('the limit on bodies is for what is forwarded', async (t) => {
  const { url } = await startWith(t, (app) => {
    app.addHook('preParsing', async (_request, _reply, payload) => payload.pipe(createGunzip()))
  }, { MAX_BODY_BYTES: '1000' })
  const body = gzipSync('x'.repeat(100_000))
  assert.equal((await fetch(url, { method: 'POST', body })).status, 413)
})
