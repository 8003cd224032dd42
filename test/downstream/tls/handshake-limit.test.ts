import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { HandshakeLimit } from '../../../src/downstream/tls/handshake-limit.ts'
import { helloOf } from '../../helpers/client-hello.ts'
import { FakeClock } from '../../helpers/clock.ts'
import { connectTls, startTlsGateway } from '../../helpers/tls.ts'
import { until } from '../../helpers/until.ts'

function start (perSecond: number) {
  const clock = new FakeClock()
  const limit = new HandshakeLimit(clock, perSecond)
  const begun: string[] = []
  const take = (name: string, isResuming = false) => limit.take(isResuming, (isPaid) => { begun.push(isPaid ? name : `${name} free`) })
  return { clock, limit, begun, take }
}

test('as many handshakes begin at once as may in a second, and the others in turn', () => {
  const { clock, limit, begun, take } = start(2)
  for (const name of ['a', 'b', 'c', 'd']) take(name)
  assert.deepEqual([begun, limit.waiting], [['a', 'b'], 2])
  clock.advance(499)
  assert.equal(begun.length, 2)
  clock.advance(1)
  assert.deepEqual(begun, ['a', 'b', 'c'])
  clock.advance(500)
  assert.deepEqual([begun, limit.waiting], [['a', 'b', 'c', 'd'], 0])
})

test('one that comes while others wait does not overtake them, and one that leaves gives up its turn', () => {
  const { clock, begun, take } = start(1)
  take('a')
  const leave = take('b')
  take('c')
  leave()
  clock.advance(1000)
  assert.deepEqual(begun, ['a', 'c'])
})

test('those that resume a session do not wait, until clients have only pretended to', () => {
  const { clock, limit, begun, take } = start(1)
  take('a')
  take('b', true)
  assert.deepEqual(begun, ['a', 'b free'])
  limit.charge()
  take('c', true)
  assert.deepEqual(begun, ['a', 'b free'])
  clock.advance(2000)
  assert.deepEqual(begun, ['a', 'b free', 'c'])
})

test('a pause of hours allows no more at once than one of a second', () => {
  const { clock, begun, take } = start(2)
  clock.advance(3_600_000)
  for (const name of ['a', 'b', 'c']) take(name)
  assert.deepEqual(begun, ['a', 'b'])
})

test('without a limit nobody waits', () => {
  const { begun, take, limit } = start(0)
  for (let i = 0; i < 1000; i++) take('a')
  assert.deepEqual([begun.length, limit.waiting], [1000, 0])
})

test('clients beyond TLS_HANDSHAKES_PER_SECOND are served a little later, and those with a session at once', async (t) => {
  const clock = new FakeClock()
  const { tlsPort, app } = await startTlsGateway(t, { TLS_HANDSHAKES_PER_SECOND: '1' }, { clock })
  const options = { servername: 'localhost', maxVersion: 'TLSv1.2' } as const
  const first = await connectTls(t, tlsPort, options)
  const second = connectTls(t, tlsPort, options)
  await until('the wait', () => app.tls?.server.waiting === 1)
  const resumed = await connectTls(t, tlsPort, { ...options, session: first.getSession() as Buffer })
  assert.equal(resumed.isSessionReused(), true)
  await until('its end', () => app.tls?.server.handshakes.resumed === 1)
  assert.equal(app.tls?.server.waiting, 1)
  clock.advance(1000)
  await second
  await until('its end', () => app.tls?.server.handshakes.full === 2)
})

test('a client that offers a session and leaves in the handshake has used up one', async (t) => {
  const clock = new FakeClock()
  const { tlsPort, app } = await startTlsGateway(t, { TLS_HANDSHAKES_PER_SECOND: '1' }, { clock })
  const options = { servername: 'localhost', maxVersion: 'TLSv1.2' } as const
  const first = await connectTls(t, tlsPort, options)
  const raw = connect(tlsPort, '127.0.0.1')
  raw.write(await helloOf({ ...options, session: first.getSession() as Buffer }))
  await once(raw, 'data')
  raw.resetAndDestroy()
  await until('its end', () => app.tls?.server.failures.get('client-left') === 1)
  const third = connectTls(t, tlsPort, { ...options, session: first.getSession() as Buffer })
  await until('the wait', () => app.tls?.server.waiting === 1)
  clock.advance(2000)
  await third
})
