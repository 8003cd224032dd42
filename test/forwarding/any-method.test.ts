import assert from 'node:assert/strict'
import { METHODS } from 'node:http'
import { test } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'
import { attack } from '../helpers/wire.ts'

const methods = METHODS.filter((method) => method !== 'CONNECT' && method !== 'TRACE')

test('the methods of WebDAV, caches and discovery are among those tried', () => {
  for (const method of ['PROPFIND', 'PURGE', 'LOCK', 'REPORT', 'M-SEARCH', 'SEARCH', 'QUERY']) {
    assert.ok(methods.includes(method) || !METHODS.includes(method), method)
  }
})

test('every method reaches a backend, and its answer the client', async (t) => {
  const backend = await startBackend(t, (req, res) => {
    res.setHeader('x-method', req.method ?? '')
    res.end()
  })
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  for (const method of methods) {
    const { status, headers } = await send(`${url}/some/path`, { method })
    assert.deepEqual([status, headers['x-method']], [200, method])
  }
  assert.deepEqual(backend.requests.map(({ method }) => method), methods)
})

test('HEAD is answered with the head that GET would have, and no body', async (t) => {
  const backend = await startBackend(t, (req, res) => { res.writeHead(200, { 'content-length': '5' }).end('hello') })
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  const { status, headers, body } = await send(url, { method: 'HEAD' })
  assert.deepEqual([status, headers['content-length'], body], [200, '5', ''])
  assert.equal(backend.requests[0]?.method, 'HEAD')
})

test('OPTIONS * reaches a backend', async (t) => {
  const backend = await startBackend(t, (req, res) => { res.writeHead(204, { allow: 'GET', 'x-url': req.url ?? '' }).end() })
  const { port } = await startGateway(t, { BACKENDS: backend.url })
  const answer = await attack(port, 'OPTIONS * HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n')
  assert.match(answer, /^HTTP\/1\.1 204 /)
  assert.match(answer, /\r\nx-url: \*\r\n/i)
})
