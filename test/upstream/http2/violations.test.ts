import assert from 'node:assert/strict'
import { after, test, type TestContext } from 'node:test'
import * as errors from '../../../src/http2/errors.ts'
import { connectionWindowBytes, maxStreams, streamWindowBytes } from '../../../src/upstream/http2/limits.ts'
import { send } from '../../helpers/client.ts'
import { frame } from '../../helpers/frames.ts'
import { startFramesBackend, type FramesConnection } from '../../helpers/frames-backend.ts'
import { startAnyGateway } from '../../helpers/any-gateway.ts'
import { startGateway } from '../../helpers/gateway.ts'
import { until } from '../../helpers/until.ts'

type Said = (connection: FramesConnection, streamId: number) => Buffer[]

const { PROTOCOL_ERROR, FRAME_SIZE_ERROR, FLOW_CONTROL_ERROR, COMPRESSION_ERROR, ENHANCE_YOUR_CALM } = errors
const ok = [':status', '200']
const PUSHED = '0000000288'

/** A test context that lasts as long as this file. */
const whole = { after: (step: () => unknown) => { after(async () => { await step() }) } } as unknown as TestContext

interface Attack { readonly said: Said, readonly isBegun: boolean }
let attack: Attack = { said: () => [], isBegun: false }
/** Where `/other` waits. */
let other: { connection: FramesConnection, streamId: number } | undefined
let attacked: { connection: FramesConnection, streamId: number } | undefined
/** What becomes of a connection by which `/other` comes again, after its first one has been lost. */
let onComeback: ((connection: FramesConnection) => void) | undefined

/** One gateway and one backend for all cases; an answer to `/attack` is what the case says. */
const { url: backend } = await startFramesBackend(whole, (connection, streamId, path) => {
  if (path === '/other' && onComeback !== undefined) onComeback(connection)
  else if (path === '/other') other = { connection, streamId }
  else if (path === '/fine') connection.answer(streamId)
  else {
    attacked = { connection, streamId }
    if (attack.isBegun) connection.say(connection.headers(streamId, ok), frame(0, 0, streamId, Buffer.from('half')))
    connection.say(...attack.said(connection, streamId))
  }
})
// In one process, which has one connection to its backend for both requests.
const gateway = await startGateway(whole, { BACKENDS: backend, RETRIES: '0', OUTLIER_FAILURES: '0' })

/** What a client hears: a status, or that its answer was cut. Never a whole body of status 200. */
async function hear (url: string): Promise<void> {
  const response = await fetch(`${url}/attack`).catch(() => undefined)
  if (response === undefined || response.status === 200) {
    await assert.rejects(async () => {
      if (response === undefined) throw new Error('cut')
      return await response.text()
    })
  } else {
    await response.text()
    assert.equal(response.status, 502)
  }
}

async function run (said: Said, isBegun: boolean) {
  other = attacked = onComeback = undefined
  const waiting = fetch(`${gateway.url}/other`)
  await until('the other request', () => other)
  attack = { said, isBegun }
  await hear(gateway.url)
  assert.equal(attacked!.connection, other!.connection)
  return { waiting, ...attacked! }
}

async function isClean (): Promise<void> {
  await until('nothing in flight', async () => (await gateway.counts()).inFlight === 0)
  assert.equal((await send(`${gateway.url}/fine`)).body, 'whole')
}

const before = false
const begun = true

const ofConnection: ReadonlyArray<readonly [what: string, isBegun: boolean, said: Said, code: number]> = [
  ['DATA on stream 0', begun, () => [frame(0, 1, 0, '61')], PROTOCOL_ERROR],
  ['HEADERS on stream 0', before, () => [frame(1, 5, 0, '88')], PROTOCOL_ERROR],
  ['RST_STREAM on stream 0', begun, () => [frame(3, 0, 0, '00000008')], PROTOCOL_ERROR],
  ['SETTINGS on a stream', before, (_, id) => [frame(4, 0, id)], PROTOCOL_ERROR],
  ['PING on a stream', before, (_, id) => [frame(6, 0, id, '00'.repeat(8))], PROTOCOL_ERROR],
  ['GOAWAY on a stream', before, (_, id) => [frame(7, 0, id, '00'.repeat(8))], PROTOCOL_ERROR],
  ['HEADERS of an even stream', before, () => [frame(1, 5, 2, '88')], PROTOCOL_ERROR],
  ['HEADERS of a stream that was never opened', before, (_, id) => [frame(1, 5, id + 2, '88')], PROTOCOL_ERROR],
  ['DATA of a stream that was never opened', begun, (_, id) => [frame(0, 1, id + 2, '61')], PROTOCOL_ERROR],
  ['RST_STREAM of a stream that was never opened', before, (_, id) => [frame(3, 0, id + 2, '00000008')], PROTOCOL_ERROR],
  ['WINDOW_UPDATE of a stream that was never opened', before, (_, id) => [frame(8, 0, id + 2, '00000001')], PROTOCOL_ERROR],
  ['WINDOW_UPDATE of 0 of a stream that was never opened', before, (_, id) => [frame(8, 0, id + 2, '00000000')], PROTOCOL_ERROR],
  ['PUSH_PROMISE', before, (_, id) => [frame(5, 4, id, PUSHED)], PROTOCOL_ERROR],
  ['PUSH_PROMISE within a body', begun, (_, id) => [frame(5, 4, id, PUSHED)], PROTOCOL_ERROR],
  ['a frame longer than allowed', begun, (_, id) => [frame(0, 1, id, Buffer.alloc(16_385))], FRAME_SIZE_ERROR],
  ['ENABLE_PUSH of 1', before, () => [frame(4, 0, 0, '000200000001')], PROTOCOL_ERROR],
  ['ENABLE_PUSH of 2', before, () => [frame(4, 0, 0, '000200000002')], PROTOCOL_ERROR],
  ['INITIAL_WINDOW_SIZE of 2^31', before, () => [frame(4, 0, 0, '000480000000')], FLOW_CONTROL_ERROR],
  ['MAX_FRAME_SIZE below 2^14', before, () => [frame(4, 0, 0, '000500003fff')], PROTOCOL_ERROR],
  ['SETTINGS of another length', before, () => [frame(4, 0, 0, '000300')], FRAME_SIZE_ERROR],
  ['WINDOW_UPDATE of 0 for the connection', before, () => [frame(8, 0, 0, '00000000')], PROTOCOL_ERROR],
  ['a window of the connection beyond 2^31 - 1', before, () => [frame(8, 0, 0, '7fffffff')], FLOW_CONTROL_ERROR],
  ['a field block that DATA interrupts', before, (_, id) => [frame(1, 1, id, '88'), frame(0, 1, id, '61')], PROTOCOL_ERROR],
  ['CONTINUATION that continues nothing', begun, (_, id) => [frame(9, 4, id, '88')], PROTOCOL_ERROR],
  ['CONTINUATION in too many frames', before, (_, id) => [frame(1, 0, id, '88'), ...Array.from({ length: 20 }, () => frame(9, 0, id))],
    ENHANCE_YOUR_CALM],
  ['a field block that is too large', before,
    (_, id) => [frame(1, 0, id, '88'), ...Array.from({ length: 8 }, () => frame(9, 0, id, Buffer.alloc(16_000)))], ENHANCE_YOUR_CALM],
  ['a field block that cannot be decoded', before, (_, id) => [frame(1, 5, id, 'ff80808008')], COMPRESSION_ERROR],
  ['PING without end', before, () => Array.from({ length: 11_000 }, () => frame(6, 0, 0, '00'.repeat(8))), ENHANCE_YOUR_CALM],
  ['SETTINGS without end', before, () => Array.from({ length: 11_000 }, () => frame(4, 0, 0)), ENHANCE_YOUR_CALM],
  ['empty DATA without end', begun, (_, id) => Array.from({ length: 11_000 }, () => frame(0, 0, id)), ENHANCE_YOUR_CALM]
]

for (const [what, isBegun, said, code] of ofConnection) {
  test(`${what} costs the connection, and no client hears a whole answer`, async () => {
    const { waiting, connection } = await run(said, isBegun)
    await until('GOAWAY', () => connection.goaways.length > 0)
    assert.deepEqual(connection.goaways, [code])
    await until('the end of the connection', () => connection.isOver)
    assert.equal((await waiting).status, 502)
    await isClean()
  })
}

const ofStream: ReadonlyArray<readonly [what: string, isBegun: boolean, said: Said, code: number | undefined]> = [
  ['HEADERS without :status', before, (c, id) => [c.headers(id, ['a', 'b'], true)], PROTOCOL_ERROR],
  ['a :status that is none', before, (c, id) => [c.headers(id, [':status', '20'], true)], PROTOCOL_ERROR],
  ['two of :status', before, (c, id) => [c.headers(id, [...ok, ...ok], true)], PROTOCOL_ERROR],
  ['a pseudo-header of requests', before, (c, id) => [c.headers(id, [...ok, ':path', '/'], true)], PROTOCOL_ERROR],
  ['status 101', before, (c, id) => [c.headers(id, [':status', '101'])], PROTOCOL_ERROR],
  ['a name in upper case', before, (c, id) => [c.headers(id, [...ok, 'X-A', 'b'], true)], PROTOCOL_ERROR],
  ['a name with a space', before, (c, id) => [c.headers(id, [...ok, 'x a', 'b'], true)], PROTOCOL_ERROR],
  ['a line end in a value', before, (c, id) => [c.headers(id, [...ok, 'x', 'a\r\nb: c'], true)], PROTOCOL_ERROR],
  ['a NUL in a value', before, (c, id) => [c.headers(id, [...ok, 'x', 'a\0b'], true)], PROTOCOL_ERROR],
  ['Connection', before, (c, id) => [c.headers(id, [...ok, 'connection', 'close'], true)], PROTOCOL_ERROR],
  ['Transfer-Encoding', before, (c, id) => [c.headers(id, [...ok, 'transfer-encoding', 'chunked'])], PROTOCOL_ERROR],
  ['two lengths', before, (c, id) => [c.headers(id, [...ok, 'content-length', '1', 'content-length', '2'])], PROTOCOL_ERROR],
  ['a length that is none', before, (c, id) => [c.headers(id, [...ok, 'content-length', '+1'])], PROTOCOL_ERROR],
  ['a length and no body', before, (c, id) => [c.headers(id, [...ok, 'content-length', '1'], true)], PROTOCOL_ERROR],
  ['less DATA than the length', before,
    (c, id) => [c.headers(id, [...ok, 'content-length', '5']), frame(0, 1, id, '61')], PROTOCOL_ERROR],
  ['more DATA than the length', before,
    (c, id) => [c.headers(id, [...ok, 'content-length', '1']), frame(0, 1, id, '616161')], PROTOCOL_ERROR],
  ['DATA before HEADERS', before, (_, id) => [frame(0, 0, id, Buffer.alloc(16_384))], PROTOCOL_ERROR],
  ['DATA after a 1xx head', before, (c, id) => [c.headers(id, [':status', '103']), frame(0, 1, id, '61')], PROTOCOL_ERROR],
  ['a 1xx head that is the end', before, (c, id) => [c.headers(id, [':status', '103'], true)], PROTOCOL_ERROR],
  ['a 1xx head with a length', before, (c, id) => [c.headers(id, [':status', '103', 'content-length', '1'])], PROTOCOL_ERROR],
  ['1xx heads without end', before, (c, id) => Array.from({ length: 65 }, () => c.headers(id, [':status', '103'])), PROTOCOL_ERROR],
  ['a 1xx head after the final one', begun, (c, id) => [c.headers(id, [':status', '103'])], PROTOCOL_ERROR],
  ['a second final head', begun, (c, id) => [c.headers(id, ok, true)], PROTOCOL_ERROR],
  ['trailers that do not end it', begun, (c, id) => [c.headers(id, ['a', 'b'])], PROTOCOL_ERROR],
  ['a pseudo-header in trailers', begun, (c, id) => [c.headers(id, ['a', 'b', ':status', '200'], true)], PROTOCOL_ERROR],
  ['a name in upper case in trailers', begun, (c, id) => [c.headers(id, ['A', 'b'], true)], PROTOCOL_ERROR],
  ['WINDOW_UPDATE of 0', begun, (_, id) => [frame(8, 0, id, '00000000')], PROTOCOL_ERROR],
  ['a window beyond 2^31 - 1', begun, (_, id) => [frame(8, 0, id, '7fffffff')], FLOW_CONTROL_ERROR],
  ['HEADERS that depend on themselves', before, (c, id) => {
    const own = Buffer.alloc(5)
    own.writeUInt32BE(id)
    return [frame(1, 0x24, id, Buffer.concat([own, c.block(ok)]))]
  }, PROTOCOL_ERROR],
  ['RST_STREAM, which is not answered', before, (_, id) => [frame(3, 0, id, '00000002')], undefined],
  ['RST_STREAM with NO_ERROR within a body', begun, (_, id) => [frame(3, 0, id, '00000000')], undefined],
  ['HTTP_1_1_REQUIRED', before, (_, id) => [frame(3, 0, id, '0000000d')], undefined]
]

for (const [what, isBegun, said, code] of ofStream) {
  test(`${what} costs the stream, and no other`, async () => {
    const { waiting, connection, streamId } = await run(said, isBegun)
    const acks = connection.pingAcks
    connection.say(frame(6, 0, 0, '00'.repeat(8)))
    await until('all to be read', () => connection.pingAcks > acks)
    assert.deepEqual(connection.resets.filter(([id]) => id === streamId), code === undefined ? [] : [[streamId, code]])
    other!.connection.answer(other!.streamId, 'other')
    assert.equal(await (await waiting).text(), 'other')
    await isClean()
  })
}

for (const [what, end] of [
  ['is closed', ({ socket }: FramesConnection) => { socket.end() }],
  ['is reset', ({ socket }: FramesConnection) => { socket.resetAndDestroy() }]
] as const) {
  for (const [where, isBegun, said] of [
    ['before the head', before, () => []],
    ['within the head', before, (_, id) => [frame(1, 0, id, '88')]],
    ['within a frame of the head', before, (_, id) => [frame(1, 4, id, '88'.repeat(9)).subarray(0, 12)]],
    ['within the body', begun, () => []],
    ['within a frame of the body', begun, (_, id) => [frame(0, 1, id, '61'.repeat(9)).subarray(0, 12)]],
    ['within the trailers', begun, (_, id) => [frame(1, 1, id, '00')]]
  ] as ReadonlyArray<readonly [string, boolean, Said]>) {
    // A reset can overtake what was said before it: then nothing of an answer has come, and the request rightly goes elsewhere.
    if (isBegun && what === 'is reset') continue
    test(`a connection that ${what} ${where} gives no client a whole answer`, async () => {
      const { waiting } = await run((connection, id) => {
        connection.say(...said(connection, id))
        if (isBegun) onComeback = end
        setImmediate(() => { end(connection) })
        return []
      }, isBegun)
      assert.equal((await waiting).status, 502)
      await isClean()
    })
  }
}

test('a second GOAWAY with a larger number brings nothing back, and streams below the first end well', async (t) => {
  const { url, connections } = await startFramesBackend(t, (connection, streamId, path) => {
    if (path === '/late') connection.answer(streamId)
  })
  const { url: gatewayUrl } = await startAnyGateway(t, { BACKENDS: url })
  const first = send(`${gatewayUrl}/first`)
  await until('the first', () => connections[0]?.paths.has(1))
  const [connection] = connections as [FramesConnection]
  connection.say(frame(7, 0, 0, '0000000100000000'), frame(7, 0, 0, '7fffffff00000000'))
  const acks = connection.pingAcks
  connection.say(frame(6, 0, 0, '00'.repeat(8)))
  await until('all to be read', () => connection.pingAcks > acks)
  assert.equal((await send(`${gatewayUrl}/late`)).body, 'whole')
  assert.equal(connections.length, 2)
  connection.answer(1)
  assert.equal((await first).body, 'whole')
})

test('connections that take no streams do not pile up', async (t) => {
  const { url, connections } = await startFramesBackend(t, (connection, streamId) => {
    connection.say(frame(4, 0, 0, '000300000000'))
    connection.answer(streamId)
  })
  const { url: gatewayUrl } = await startAnyGateway(t, { BACKENDS: url })
  for (let i = 0; i < 5; i++) assert.equal((await send(gatewayUrl)).body, 'whole')
  await until('all to be closed', () => connections.length === 5 && connections.every(({ isOver }) => isOver))
})

test('the window of a connection holds what its streams hold, and DATA before HEADERS takes nothing away from it', async (t) => {
  assert.ok(connectionWindowBytes >= 2 * maxStreams * streamWindowBytes)
  const { url, connections } = await startFramesBackend(t, (connection, streamId, path) => {
    if (path === '/fine') connection.answer(streamId)
    else connection.say(...[1, 2, 3].map(() => frame(0, 0, streamId, Buffer.alloc(16_384))))
  })
  const { url: gatewayUrl } = await startGateway(t, { BACKENDS: url, RETRIES: '0', OUTLIER_FAILURES: '0' })
  // Twice what the window takes.
  const rounds = 2 * connectionWindowBytes / 49_152
  for (let i = 0; i < rounds; i++) assert.equal((await send(gatewayUrl)).status, 502)
  assert.equal((await send(`${gatewayUrl}/fine`)).body, 'whole')
  assert.equal(connections.length, 1)
})
