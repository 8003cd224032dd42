import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConnectionOptions } from 'node:tls'
import { readClientHello } from '../../../src/downstream/tls/client-hello.ts'
import { Random } from '../../fuzz/random.ts'
import { changedHello, helloOf } from '../../helpers/client-hello.ts'

/** The same handshake message in records of at most `size` bytes. */
function inRecordsOf (size: number, hello: Buffer): Buffer {
  const records: Buffer[] = []
  for (let at = 5; at < hello.length; at += size) {
    const piece = hello.subarray(at, at + size)
    records.push(Buffer.from([22, 3, 1, piece.length >> 8, piece.length & 0xff]), piece)
  }
  return Buffer.concat(records)
}

const hellos: ReadonlyArray<readonly [what: string, options: ConnectionOptions, serverName: string | undefined]> = [
  ['TLS 1.3', { servername: 'shop.example' }, 'shop.example'],
  ['TLS 1.2', { servername: 'shop.example', maxVersion: 'TLSv1.2' }, 'shop.example'],
  ['ALPN', { servername: 'shop.example', ALPNProtocols: ['h2', 'http/1.1'] }, 'shop.example'],
  ['a name in mixed case with a dot', { servername: 'Shop.Example.' }, 'Shop.Example.'],
  ['a long name', { servername: `${'a'.repeat(63)}.example` }, `${'a'.repeat(63)}.example`],
  ['no name', { servername: '' }, undefined],
  ['many protocols', { servername: 'a.example', ALPNProtocols: Array.from({ length: 60 }, () => 'x'.repeat(200)) }, 'a.example']
]

for (const [what, options, serverName] of hellos) {
  test(`a ClientHello with ${what} is read, however it is split`, async () => {
    const whole = await helloOf(options)
    assert.deepEqual(readClientHello(whole), { type: 'hello', serverName, offersSession: false, asksForProof: false })
    for (let length = 0; length < whole.length; length += whole.length > 5000 ? 97 : 1) {
      assert.equal(readClientHello(whole.subarray(0, length)).type, 'incomplete', `${length} of ${whole.length} bytes`)
    }
    assert.deepEqual(readClientHello(inRecordsOf(Math.ceil(whole.length / 60), whole)), readClientHello(whole))
  })
}

test('what comes after a ClientHello does not matter, such as the early data of a client that has a ticket of another server', async () => {
  const whole = await helloOf({ servername: 'shop.example' })
  const changeCipherSpec = Buffer.from([20, 3, 3, 0, 1, 1])
  const earlyData = Buffer.concat([Buffer.from([23, 3, 3, 0, 100]), Buffer.alloc(100, 'x')])
  const read = readClientHello(Buffer.concat([whole, changeCipherSpec, earlyData]))
  assert.equal(read.type === 'hello' && read.serverName, 'shop.example')
})

test('a ClientHello in more records than any client makes is refused', async () => {
  const whole = await helloOf({ servername: 'shop.example' })
  assert.equal(readClientHello(inRecordsOf(1, whole)).type, 'unreadable')
  assert.equal(readClientHello(inRecordsOf(1, whole).subarray(0, 6 * 64)).type, 'incomplete')
})

/** `RUNS=1000000` for longer ones by hand. */
const runs = Number(process.env['RUNS'] ?? 20_000)

test(`${runs} ClientHellos that were changed by chance are read or refused, and no name is made up`, async () => {
  const random = new Random(6066)
  const originals = await Promise.all(hellos.slice(0, 6).map(([, options]) => helloOf(options)))
  const types = new Map<string, number>()
  for (let i = 0; i < runs; i++) {
    const bytes = changedHello(random.pick(originals), random)
    const hello = readClientHello(bytes)
    types.set(hello.type, (types.get(hello.type) ?? 0) + 1)
    if (hello.type !== 'hello') continue
    assert.ok(hello.serverName === undefined || bytes.includes(hello.serverName, 0, 'latin1'), bytes.toString('hex'))
    assert.deepEqual(readClientHello(Buffer.concat([bytes, bytes])), hello)
  }
  for (const type of ['incomplete', 'unreadable', 'hello']) assert.ok((types.get(type) ?? 0) > runs / 100, `${type}: ${types.get(type)}`)
})
