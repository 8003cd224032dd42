import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { status } from '@grpc/grpc-js'
import { healthService } from '../helpers/grpc/health-service.ts'
import { InteropClient } from '../helpers/grpc/interop-client.ts'
import { startInteropServer } from '../helpers/grpc/interop-server.ts'

type Check = (service?: string) => Promise<{ code: number, responses: readonly unknown[] }>

function startChecks (t: TestContext, target: string): Check {
  const client = new InteropClient({ target })
  t.after(() => { client.close() })
  return async (service = '') => {
    const { code, responses } = await client.call(healthService.Check, [{ service }])
    return { code, responses }
  }
}

test('the health of the server is SERVING until it is switched', async (t) => {
  const { target, health } = await startInteropServer(t)
  const check = startChecks(t, target)
  assert.deepEqual(await check(), { code: status.OK, responses: ['SERVING'] })
  for (const switched of ['NOT_SERVING', 'SERVICE_UNKNOWN', 'UNKNOWN', 'SERVING'] as const) {
    health.set(switched)
    assert.deepEqual(await check(), { code: status.OK, responses: [switched] })
  }
})

test('services have a health each, and one that was never set is not found', async (t) => {
  const { target, health } = await startInteropServer(t)
  const check = startChecks(t, target)
  health.set('NOT_SERVING', 'shop.Orders')
  assert.deepEqual(await check('shop.Orders'), { code: status.OK, responses: ['NOT_SERVING'] })
  assert.deepEqual(await check('shop.Carts'), { code: status.NOT_FOUND, responses: [] })
  assert.deepEqual(await check(), { code: status.OK, responses: ['SERVING'] })
  assert.deepEqual(health.checks, ['shop.Orders', 'shop.Carts', ''])
})

test('a server without a health service does not know the method', async (t) => {
  const { target } = await startInteropServer(t, { hasHealth: false })
  assert.deepEqual(await startChecks(t, target)(), { code: status.UNIMPLEMENTED, responses: [] })
})

test('SERVING is the two bytes that the protocol says', () => {
  assert.deepEqual(healthService.Check.responseSerialize('SERVING'), Buffer.from('0801', 'hex'))
  assert.deepEqual(healthService.Check.responseSerialize('UNKNOWN'), Buffer.alloc(0))
  assert.deepEqual(healthService.Check.requestSerialize({ service: 'a' }), Buffer.from('0a0161', 'hex'))
})
