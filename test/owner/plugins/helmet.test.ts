import assert from 'node:assert/strict'
import { test } from 'node:test'
import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import { answers, answersWith } from '../../helpers/backend.ts'
import { send } from '../../helpers/client.ts'
import { attack } from '../../helpers/wire.ts'
import { startWithPlugin } from './start.ts'

async function addHelmet (app: FastifyInstance): Promise<void> {
  await app.register(helmet)
  app.get('/own', async () => 'own')
}

for (const path of ['/own', '/forwarded']) {
  test(`@fastify/helmet adds its headers to the answer to ${path}`, async (t) => {
    const { url } = await startWithPlugin(t, answers('theirs'), addHelmet)
    const { headers } = await send(url + path)
    assert.equal(headers['x-frame-options'], 'SAMEORIGIN')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.match(String(headers['strict-transport-security']), /^max-age=\d+/)
    assert.match(String(headers['content-security-policy']), /^default-src 'self';/)
  })
}

test('what a backend says itself wins over @fastify/helmet, and is there once', async (t) => {
  const { port } = await startWithPlugin(t, answersWith(200, { 'X-Frame-Options': 'DENY' }, 'a'), addHelmet)
  const received = await attack(port, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
  assert.deepEqual(received.match(/x-frame-options: .*/gi), ['X-Frame-Options: DENY'])
})

test('@fastify/helmet adds its headers to the gateway\'s own errors', async (t) => {
  const { url } = await startWithPlugin(t, answers('a'), addHelmet, { BACKENDS: '' })
  const { status, headers } = await send(url)
  assert.deepEqual([status, headers['x-frame-options']], [503, 'SAMEORIGIN'])
})

test('@fastify/helmet makes a nonce for each answer of an own route', async (t) => {
  const { url } = await startWithPlugin(t, answers('a'), async (app) => {
    await app.register(helmet, { enableCSPNonces: true })
    app.get('/own', async (_request, { cspNonce }) => cspNonce.script)
  })
  const pages = [await send(`${url}/own`), await send(`${url}/own`)]
  for (const { headers, body } of pages) assert.ok(String(headers['content-security-policy']).includes(`'nonce-${body}'`))
  assert.notEqual(pages[0]?.body, pages[1]?.body)
})
