import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { startRawBackend } from '../../helpers/backend.ts'
import { send } from '../../helpers/client.ts'
import { connectTls, exchange, startTlsGateway } from '../../helpers/tls.ts'

const ours = 'max-age=31536000; includeSubDomains'

async function start (t: Parameters<typeof startTlsGateway>[0], fields = '') {
  const { url } = await startRawBackend(t, (socket) => {
    socket.once('data', () => { socket.end(`HTTP/1.1 200 OK\r\n${fields}Content-Length: 0\r\n\r\n`) })
  })
  const plugin = fp(async (app: FastifyInstance) => { app.get('/own', async () => 'the owner\'s') })
  const gateway = await startTlsGateway(t, { TLS_HSTS: ours, BACKENDS: `${url};check=tcp` }, { plugins: [plugin] })
  const values = async (path: string): Promise<string[]> => {
    const socket = await connectTls(t, gateway.tlsPort, { servername: 'localhost' })
    const answer = await exchange(socket, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    return [...answer.matchAll(/^strict-transport-security: (.*)\r$/gim)].map(([, value]) => String(value))
  }
  return { ...gateway, values }
}

test('responses by TLS carry TLS_HSTS, those of the owner and of the gateway too', async (t) => {
  const { values } = await start(t)
  for (const path of ['/', '/own', '/%zz']) assert.deepEqual(await values(path), [ours], path)
})

test('a backend that says it itself is left alone', async (t) => {
  const { values } = await start(t, 'strict-transport-security: max-age=0\r\n')
  assert.deepEqual(await values('/'), ['max-age=0'])
})

test('nothing of it is said by plain HTTP', async (t) => {
  const { url } = await start(t)
  assert.equal((await send(url)).headers['strict-transport-security'], undefined)
})

test('a value that is none stops the start', async (t) => {
  await assert.rejects(startTlsGateway(t, { TLS_HSTS: '31536000' }), /TLS_HSTS=31536000 is not valid/)
})
