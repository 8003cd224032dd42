import assert from 'node:assert/strict'
import { test } from 'node:test'
import { healthRequest, healthResult } from '../../src/grpc/health-check.ts'
import { caCertificate, signed } from '../helpers/certificate.ts'
import { FakeClock } from '../helpers/clock.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { startGateway } from '../helpers/gateway.ts'
import { startInteropServer } from '../helpers/grpc/interop-server.ts'
import { allPassed, runInterop } from '../helpers/grpc/run-interop.ts'
import { startHttp2Backend } from '../helpers/http2-backend.ts'
import { startTlsGateway } from '../helpers/tls.ts'
import { until } from '../helpers/until.ts'

const tls = { ca: caCertificate, servername: 'localhost' }

test('the interop cases of gRPC pass through the gateway: by h2c to the backend, from clients by h2c and by TLS', async (t) => {
  const backend = await startInteropServer(t)
  const { port, tlsPort } = await startTlsGateway(t, { BACKENDS: `h2c://${backend.target};check=grpc` })
  assert.deepEqual(await runInterop({ target: `127.0.0.1:${port}` }), allPassed)
  assert.deepEqual(await runInterop({ target: `127.0.0.1:${tlsPort}`, tls }), allPassed)
})

test('the interop cases of gRPC pass through the gateway: by TLS to the backend, from clients by TLS and by h2c', async (t) => {
  const backend = await startInteropServer(t, { certificate: signed })
  const port = backend.target.split(':').at(-1)
  const text = `services: { default: { backends: ['https://localhost:${port};proto=h2;check=grpc'], tls: { verify: false } } }`
  const { path } = await startWithFile(t, text)
  const gateway = await startTlsGateway(t, { CONFIG_FILE: path })
  assert.deepEqual(await runInterop({ target: `127.0.0.1:${gateway.tlsPort}`, tls }), allPassed)
  assert.deepEqual(await runInterop({ target: `127.0.0.1:${gateway.port}` }), allPassed)
})

const fast = { HEALTH_CHECK_INTERVAL_MS: '100', HEALTH_CHECK_FALL: '1', HEALTH_CHECK_RISE: '1' }

test('a backend is in rotation while grpc.health.v1 says that its service serves', async (t) => {
  const clock = new FakeClock()
  const backend = await startInteropServer(t)
  backend.health.set('SERVING', 'shop.Cart')
  const { app } = await startGateway(t, { BACKENDS: `h2c://${backend.target};check=grpc;checkService=shop.Cart`, ...fast }, { clock })
  const stateIs = (state: string) => until(state, () => {
    clock.advance(100)
    return app.services.backends()[0]?.state === state
  })
  await stateIs('healthy')
  backend.health.set('NOT_SERVING', 'shop.Cart')
  await stateIs('unhealthy')
  assert.match(String(app.services.backends()[0]?.entered.why), /NOT_SERVING/)
  backend.health.set('SERVING', 'shop.Cart')
  await stateIs('healthy')
  assert.ok(backend.health.checks.includes('shop.Cart'))
})

test('a server without grpc.health.v1, or without the service, fails its check in words', async (t) => {
  const clock = new FakeClock()
  const without = await startInteropServer(t, { hasHealth: false })
  const { app } = await startGateway(t, { BACKENDS: `h2c://${without.target};check=grpc` }, { clock })
  assert.match(String(app.services.backends()[0]?.lastCheck?.detail), /does not implement grpc\.health\.v1/)
  const other = await startInteropServer(t)
  const gateway = await startGateway(t, { BACKENDS: `h2c://${other.target};check=grpc;checkService=none.There` }, { clock })
  assert.match(String(gateway.app.services.backends()[0]?.lastCheck?.detail), /does not know the service/)
})

test('a check whose answer has no end fails, instead of never ending', async (t) => {
  const backend = await startHttp2Backend(t, (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
    stream.write(Buffer.alloc(100_000))
  })
  const { app } = await startGateway(t, { BACKENDS: `${backend.url};check=grpc` })
  assert.match(String(app.services.backends()[0]?.lastCheck?.detail), /longer than an answer/)
})

test('requests name the service, and answers are read as they are', () => {
  assert.equal(healthRequest('').toString('hex'), '0000000000')
  assert.equal(healthRequest('a.B').toString('hex'), '00000000050a03612e42')
  assert.equal(healthRequest('x'.repeat(200)).subarray(0, 8).toString('hex'), '00000000cb0ac801')
  const serving = Buffer.from('00000000020801', 'hex')
  assert.deepEqual(healthResult(serving, '0'), { passed: true, detail: 'SERVING' })
  assert.deepEqual(healthResult(Buffer.from('0000000000', 'hex'), '0'), { passed: false, detail: 'UNKNOWN' })
  assert.deepEqual(healthResult(serving, '14'), { passed: false, detail: 'grpc-status 14' })
  assert.deepEqual(healthResult(serving, undefined), { passed: false, detail: 'no grpc-status' })
})
