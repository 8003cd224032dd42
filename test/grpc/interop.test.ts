import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js'
import { caCertificate, signed } from '../helpers/certificate.ts'
import { interopCases } from '../helpers/grpc/interop-cases.ts'
import { InteropClient, type Target } from '../helpers/grpc/interop-client.ts'
import { startInteropServer } from '../helpers/grpc/interop-server.ts'
import { testService } from '../helpers/grpc/interop-service.ts'
import { allPassed, runInterop } from '../helpers/grpc/run-interop.ts'
import { until } from '../helpers/until.ts'

function startClient (t: TestContext, target: Target): InteropClient {
  const client = new InteropClient(target)
  t.after(() => { client.close() })
  return client
}

test('all interop cases hold between client and server by h2c', async (t) => {
  const { target } = await startInteropServer(t)
  assert.equal(Object.keys(allPassed).length, 14)
  assert.deepEqual(await runInterop({ target }), allPassed)
})

test('all interop cases hold between client and server by TLS', async (t) => {
  const { target } = await startInteropServer(t, { certificate: signed })
  assert.deepEqual(await runInterop({ target, tls: { ca: caCertificate, servername: 'localhost' } }), allPassed)
})

test('a client refuses a server whose certificate is for another name', async (t) => {
  const { target } = await startInteropServer(t, { certificate: signed })
  const client = startClient(t, { target, tls: { ca: caCertificate, servername: 'elsewhere.test' } })
  assert.equal((await client.call(testService.EmptyCall, [{}])).code, status.UNAVAILABLE)
})

test('the cases fail at a server that has none of the methods, but for those that expect that', async (t) => {
  const server = new Server()
  t.after(() => { server.forceShutdown() })
  const port = await new Promise<number>((resolve) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, bound) => { resolve(bound) })
  })
  // A client can give up after its 1 ms before any server has answered.
  const { timeout_on_sleeping_server: _, ...results } = await runInterop({ target: `127.0.0.1:${port}` })
  const passed = Object.entries(results).filter(([, result]) => result === 'passed').map(([name]) => name)
  assert.deepEqual(passed, ['unimplemented_method', 'unimplemented_service'])
})

test('the server tells which calls were cancelled', async (t) => {
  const { target, calls } = await startInteropServer(t)
  const client = startClient(t, { target })
  await interopCases.cancel_after_begin(client)
  await interopCases.cancel_after_first_response(client)
  await interopCases.empty_unary(client)
  await until('the server to notice', () => calls.every(({ outcome }) => outcome !== 'open'))
  assert.deepEqual(calls.map(({ path, outcome }) => [path, outcome]), [
    [testService.StreamingInputCall.path, 'cancelled'],
    [testService.FullDuplexCall.path, 'cancelled'],
    [testService.EmptyCall.path, 'answered']
  ])
})

test('the server tells the metadata and the deadline that it got', async (t) => {
  const { target, calls } = await startInteropServer(t)
  const client = startClient(t, { target })
  const metadata = new Metadata()
  metadata.set('x-tenant', 'blue')
  const before = Date.now()
  const call = client.start(testService.EmptyCall, { metadata, timeoutMs: 60_000 })
  call.send({})
  call.halfClose()
  assert.equal((await call.ended).code, status.OK)
  assert.deepEqual(calls[0]?.metadata.get('x-tenant'), ['blue'])
  const timeoutMs = (calls[0]?.deadline ?? 0) - before
  assert.ok(timeoutMs > 30_000 && timeoutMs < 90_000, `${timeoutMs} ms`)
})
