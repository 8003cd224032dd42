import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { Random } from '../../fuzz/random.ts'
import { changedHello, helloOf } from '../../helpers/client-hello.ts'
import { connectTls, exchange, startTls } from '../../helpers/tls.ts'
import { until } from '../../helpers/until.ts'

const get = 'GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

for (const [servername, isServed] of [
  ['LocalHost', true],
  ['localhost.', true],
  ['LOCALHOST.', true],
  ['localhost..', false],
  ['.localhost', false],
  ['x.localhost', false],
  ['*.localhost', false],
  ['localhost:443', false],
  ['localhost\tx', false],
  ['10.0.0.1.example', false],
  ['a'.repeat(250), false]
] as const) {
  test(`a client that asks for '${servername.slice(0, 20)}' is ${isServed ? 'served' : 'refused'}`, async (t) => {
    const { tlsPort, tls } = await startTls(t)
    const connected = connectTls(t, tlsPort, { servername })
    if (isServed) assert.match(await exchange(await connected, get), /^HTTP\/1\.1 200/)
    else await assert.rejects(connected, { code: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME' })
    assert.equal(tls.failures.get('unknown-server-name'), isServed ? undefined : 1)
  })
}

const HANDSHAKE = 22
const ALERT = 21

for (const [what, name, byDefault] of [
  ['an address', '127.0.0.1', HANDSHAKE],
  ['a name that is not ASCII', 'localh\xf6st', HANDSHAKE],
  ['a name with a zero byte', 'localhos\0', ALERT]
] as const) {
  test(`a client that asks for ${what} is refused, or gets what the default is for`, async (t) => {
    for (const [defaultName, recordType] of [['', ALERT], ['here', byDefault]] as const) {
      const { tlsPort, tls, clock } = await startTls(t, { defaultName })
      const hello = await helloOf({ servername: 'localhost' })
      const socket = connect({ port: tlsPort, host: '127.0.0.1' })
      t.after(() => { socket.destroy() })
      let answer: Buffer | undefined
      socket.on('error', () => {}).on('data', (bytes) => { answer ??= bytes })
      socket.write(Buffer.from(hello.toString('latin1').replace('localhost', name), 'latin1'))
      assert.equal((await until('the answer', () => answer))[0], recordType)
      clock.advance(10_000)
      await until('the end', () => tls.pending === 0)
    }
  })
}

test('a client that offers only protocols that are unknown is refused', async (t) => {
  const { tlsPort, tls } = await startTls(t)
  for (const protocol of ['spdy/3', 'H2', 'h2c', 'x'.repeat(255), '\0']) {
    await assert.rejects(connectTls(t, tlsPort, { servername: 'localhost', ALPNProtocols: [protocol] }))
  }
  await until('the counts', () => tls.pending === 0 && tls.failures.get('protocol') === 5)
})

test('a client that offers unknown protocols too is served by one that is known', async (t) => {
  const { tlsPort } = await startTls(t)
  const ALPNProtocols = ['\x0a\x0a', 'spdy/3', 'http/1.1', 'x'.repeat(255)]
  const socket = await connectTls(t, tlsPort, { servername: 'localhost', ALPNProtocols })
  assert.equal(socket.alpnProtocol, 'http/1.1')
})

/** `RUNS=20000` for longer ones by hand. */
const runs = Number(process.env['RUNS'] ?? 300)

test(`${runs} handshakes that were changed by chance leave nothing behind`, async (t) => {
  const random = new Random(8446)
  const { tlsPort, tls, thrown, listener, clock } = await startTls(t, { defaultName: 'here' })
  const hello = await helloOf({ servername: 'localhost', ALPNProtocols: ['h2', 'http/1.1'] })
  for (let done = 0; done < runs; done += 20) {
    await Promise.all(Array.from({ length: 20 }, async () => {
      const socket = connect({ port: tlsPort, host: '127.0.0.1' })
      socket.on('error', () => {}).resume()
      for (const piece of random.split(changedHello(hello, random))) socket.write(piece)
      if (random.oneIn(3)) socket.write(Buffer.alloc(random.below(1000), random.below(256)))
      if (random.oneIn(4)) setImmediate(() => { socket.resetAndDestroy() })
      else socket.end()
      await until('the end', () => {
        // A client that stops in the middle has 10 s.
        clock.advance(1000)
        return socket.destroyed
      })
    }))
  }
  await until('all to be over', () => tls.pending + listener.idle + listener.busy === 0)
  assert.deepEqual(thrown, [])
  assert.match(await exchange(await connectTls(t, tlsPort, { servername: 'localhost' }), get), /^HTTP\/1\.1 200/)
})
