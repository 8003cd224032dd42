import assert from 'node:assert/strict'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { NoAddressError, ownUrl } from '../../src/client/own-address.ts'
import { refusedUrl } from '../helpers/backend.ts'

const found = { timeoutMs: 5000, signal: new AbortController().signal }

/** A server that listens like this. */
async function listening (t: TestContext, options: object, server: Server = createHttpServer()): Promise<Server> {
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(options, resolve) })
  t.after(() => { server.close() })
  return server
}

const portOf = (server: Server): number => (server.address() as { port: number }).port

async function gatewayUrl (t: TestContext): Promise<string> {
  return `http://127.0.0.1:${portOf(await listening(t, { port: 0, host: '127.0.0.1' }))}`
}

for (const host of ['0.0.0.0', '::', '127.0.0.1', '::ffff:127.0.0.1']) {
  test(`listening on ${host}, it is the address from which the gateway is reached`, async (t) => {
    const server = await listening(t, { port: 0, host })
    assert.equal(await ownUrl(server, await gatewayUrl(t), found), `http://127.0.0.1:${portOf(server)}`)
  })
}

test('an address of version 6 stands in brackets', async (t) => {
  const server = await listening(t, { port: 0, host: '::1' })
  assert.equal(await ownUrl(server, await gatewayUrl(t), found), `http://[::1]:${portOf(server)}`)
})

test('a server with TLS is reached by https', async (t) => {
  const server = await listening(t, { port: 0, host: '127.0.0.1' }, createHttpsServer() as unknown as Server)
  assert.equal(await ownUrl(server, await gatewayUrl(t), found), `https://127.0.0.1:${portOf(server)}`)
})

test('a server on a socket of the file system has none', async (t) => {
  const server = await listening(t, { path: join(tmpdir(), `evenkeel-${process.pid}.sock`) })
  await assert.rejects(
    ownUrl(server, await gatewayUrl(t), found),
    (error) => error instanceof NoAddressError && /give the "url"/.test(error.message)
  )
})

test('a server that does not listen has none', async (t) => {
  await assert.rejects(ownUrl(createHttpServer(), await gatewayUrl(t), found), NoAddressError)
})

test('a gateway that cannot be reached leads to no address yet', async (t) => {
  const server = await listening(t, { port: 0, host: '0.0.0.0' })
  await assert.rejects(ownUrl(server, await refusedUrl(), found), { code: 'ECONNREFUSED' })
})

test('the search ends when nobody waits for it any more', async (t) => {
  const server = await listening(t, { port: 0, host: '0.0.0.0' })
  await assert.rejects(ownUrl(server, await gatewayUrl(t), { timeoutMs: 5000, signal: AbortSignal.abort() }), /no connection in time/)
})
