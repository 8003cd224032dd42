import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import type { LookupFunction } from 'node:net'
import { test, type TestContext } from 'node:test'
import type { HealthCheckSpec } from '../../src/backends/spec.ts'
import { newEntry } from '../../src/registry/store.ts'
import { ManagedBackend } from '../../src/services/managed-backend.ts'
import { CheckRunner } from '../../src/checks/check-runner.ts'
import type { Guard } from '../../src/upstream/guard.ts'
import { answers, listen, startBackend } from '../helpers/backend.ts'
import { FakeClock } from '../helpers/clock.ts'
import { createPool, get } from '../helpers/upstream.ts'

/** A guard that lets nothing pass but these addresses, and what it was asked. */
function createGuard (...allowed: string[]) {
  const asked: string[] = []
  const guard: Guard = (address, port) => {
    asked.push(`${address} ${port}`)
    return allowed.includes(address) ? undefined : 'it is not listed'
  }
  return { guard, asked }
}

/** Every name stands for these. */
function namesAre (...addresses: string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  return (_name, { all }, done) => { if (all === true) done(null, found); else done(null, found[0]?.address ?? '', found[0]?.family) }
}

for (const [url, asked] of [
  ['http://shop.example', '127.0.0.1 80'], ['https://shop.example', '127.0.0.1 443'], ['http://shop.example:8080', '127.0.0.1 8080'],
  ['http://127.0.0.1', '127.0.0.1 80'], ['https://127.0.0.1', '127.0.0.1 443'], ['https://127.0.0.1:8443', '127.0.0.1 8443'],
  ['http://[::1]', '::1 80'], ['http://[::ffff:127.0.0.1]:81', '127.0.0.1 81'], ['http://[64:ff9b::7f00:1]', '64:ff9b::7f00:1 80']
] as const) {
  test(`to connect to ${url} the guard is asked for ${asked}, and nothing is dialled where it refuses`, async (t) => {
    const { guard, asked: seen } = createGuard()
    const { pool } = createPool(t, url, { guard, lookup: namesAre('127.0.0.1') })
    assert.equal(await get(pool.take()), 'not-allowed it is not listed')
    assert.deepEqual(seen, [asked])
    assert.equal(pool.openCount, 0)
  })
}

test('what is refused is not connected to', async (t) => {
  let connections = 0
  const server = createServer(() => { connections++ })
  const port = await listen(server)
  t.after(() => { server.close() })
  for (const host of ['127.0.0.1', 'shop.example']) {
    const { pool } = createPool(t, `http://${host}:${port}`, { guard: createGuard().guard, lookup: namesAre('127.0.0.1') })
    await get(pool.take())
  }
  // A connection that came first has been accepted by then.
  const { pool } = createPool(t, `http://127.0.0.1:${port}`)
  const answer = get(pool.take())
  await new Promise<void>((resolve) => { server.once('connection', (socket) => { socket.destroy(); resolve() }) })
  assert.match(await answer, /^(?:closed|reset)/)
  assert.equal(connections, 1)
})

test('of the addresses of a name those that pass are used', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { guard, asked } = createGuard('127.0.0.1')
  const { pool } = createPool(t, `http://shop.example:${backend.port}`, { guard, lookup: namesAre('127.0.0.9', '127.0.0.1', '::1') })
  assert.equal(await get(pool.take()), '200 a')
  assert.deepEqual(asked, [`127.0.0.9 ${backend.port}`, `127.0.0.1 ${backend.port}`, `::1 ${backend.port}`])
})

test('a name is judged again with each connection', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { guard } = createGuard('127.0.0.1')
  let lookup = namesAre('127.0.0.1')
  const { pool } = createPool(t, `http://shop.example:${backend.port}`, { guard, lookup: (...question) => { lookup(...question) } })
  assert.equal(await get(pool.takeFresh()), '200 a')
  lookup = namesAre('127.0.0.2')
  assert.equal(await get(pool.takeFresh()), 'not-allowed it is not listed')
})

test('a socket of the file system is not judged', async (t) => {
  const { guard, asked } = createGuard()
  const { pool } = createPool(t, 'unix:/nowhere/at/all.sock', { guard })
  assert.equal(await get(pool.take()), 'refused ENOENT')
  assert.deepEqual(asked, [])
})

async function probe (t: TestContext, guard: Guard | undefined, url: string, check: HealthCheckSpec) {
  const settings = { path: '/', timeoutMs: 1000, intervalMs: 500, status: { first: 200, last: 399 } }
  const lookup = namesAre('127.0.0.1')
  const runner = new CheckRunner({
    settingsFor: () => settings,
    names: { lookup, watch: () => () => {} },
    guardFor: () => guard,
    clock: new FakeClock(),
    onThrown: (error) => { throw error }
  })
  t.after(() => { runner.close() })
  return await runner.run(new ManagedBackend(newEntry({ url, name: 'a', weight: 1, healthCheck: check }, 'registered')), true)
}

for (const host of ['127.0.0.1', 'shop.example']) {
  test(`a check of ${host} is judged by the port that it asks, and fails with the reason`, async (t) => {
    const { guard, asked } = createGuard()
    const result = { passed: false, detail: 'address not allowed: it is not listed' }
    assert.deepEqual(await probe(t, guard, `http://${host}:4000`, { port: 4001 }), result)
    assert.deepEqual(await probe(t, guard, `http://${host}`, { type: 'tcp' }), result)
    assert.deepEqual(asked, ['127.0.0.1 4001', '127.0.0.1 80'])
  })
}
