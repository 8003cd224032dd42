import assert from 'node:assert/strict'
import { test } from 'node:test'
import { frame } from '../../helpers/frames.ts'
import { get, post, startHttp2Client, type Http2Client } from '../../helpers/http2-client.ts'
import { echo, holds, startListener } from '../../helpers/listener.ts'
import { until } from '../../helpers/until.ts'

// What h2spec's generic part sends, in our words: all of it is served.

type Said = (client: Http2Client) => Buffer[]

const PADDED = 0x8
const HAS_PRIORITY = 0x20
/** GET / of host h by http, but for its last field, which each form writes in its own way. */
const start = '828684410168'
const priority = (payload: string, streamId = 1): Said => (client) => [frame(2, 0, streamId, payload), client.headers(1, get)]

/** HEADERS with these flags besides END_STREAM and END_HEADERS, and with this before and after its field block. */
function headers (flags: number, before: string, after = ''): Said {
  return (client) => [frame(1, 5 | flags, 1, Buffer.concat([Buffer.from(before, 'hex'), client.block(get), Buffer.from(after, 'hex')]))]
}

const forms: ReadonlyArray<readonly [what: string, said: Said, answer: string]> = [
  ['3.1 DATA in several frames', (client) => [client.headers(1, post, false), frame(0, 0, 1, '61'), frame(0, 1, 1, '62')], 'POST / ab\n'],
  ['3.1 DATA with padding', (client) => [client.headers(1, post, false), frame(0, 1 | PADDED, 1, '0361620000ff')], 'POST / ab\n'],
  ['4.2 DATA as long as allowed', (client) => [client.headers(1, post, false), frame(0, 1, 1, Buffer.alloc(16_384, 'a'))],
    `POST / ${'a'.repeat(16_384)}\n`],
  ['3.2 HEADERS with padding', headers(PADDED, '03', '000000'), 'GET /\n'],
  ['3.2 HEADERS with priority', headers(HAS_PRIORITY, '00000000ff'), 'GET /\n'],
  ['3.2 HEADERS with padding and priority', headers(PADDED | HAS_PRIORITY, '01800000050f', '00'), 'GET /\n'],
  ['3.3 PRIORITY with the weight 1', priority('0000000000'), 'GET /\n'],
  ['3.3 PRIORITY with the weight 256', priority('00000000ff'), 'GET /\n'],
  ['3.3 PRIORITY that depends on another stream', priority('00000003ff'), 'GET /\n'],
  ['3.3 PRIORITY that excludes others', priority('80000003ff'), 'GET /\n'],
  ['3.3 PRIORITY for an idle stream with a larger number', priority('00000000ff', 7), 'GET /\n'],
  ['4 POST with trailers', (client) => [client.headers(1, post, false), frame(0, 0, 1, '61'), client.headers(1, ['x', 'y'])], 'POST / a\n'],
  ['7 GOAWAY with an unknown code', (client) => [client.headers(1, get), frame(7, 0, 0, '00000000000000ff')], 'GET /\n']
]

for (const [what, said, answer] of forms) {
  test(`${what} is served`, async (t) => {
    const { port, refused } = await startListener(t, echo)
    const client = await startHttp2Client(t, port)
    client.say(...said(client))
    assert.equal((await client.answer(1)).body, answer)
    assert.deepEqual(refused, [])
  })
}

/** RFC 7541 section 6: each way to write a field, of which the value may be in Huffman's code. */
const fields: ReadonlyArray<readonly [what: string, field: string, raw: readonly string[]]> = [
  ['6.1 indexed', '90', ['accept-encoding', 'gzip, deflate']],
  ['6.2.1 indexed from now on, with an indexed name', '7a0474657374', ['user-agent', 'test']],
  ['6.2.1 indexed from now on, with an indexed name, in Huffman\'s code', '7a8349509f', ['user-agent', 'test']],
  ['6.2.1 indexed from now on', '4006782d746573740474657374', ['x-test', 'test']],
  ['6.2.1 indexed from now on, in Huffman\'s code', '4085f2b24a84ff8349509f', ['x-test', 'test']],
  ['6.2.2 not indexed, with an indexed name', '0f2b0474657374', ['user-agent', 'test']],
  ['6.2.2 not indexed, with an indexed name, in Huffman\'s code', '0f2b8349509f', ['user-agent', 'test']],
  ['6.2.2 not indexed', '0006782d746573740474657374', ['x-test', 'test']],
  ['6.2.2 not indexed, in Huffman\'s code', '0085f2b24a84ff8349509f', ['x-test', 'test']],
  ['6.2.3 never indexed, with an indexed name', '1f2b0474657374', ['user-agent', 'test']],
  ['6.2.3 never indexed, with an indexed name, in Huffman\'s code', '1f2b8349509f', ['user-agent', 'test']],
  ['6.2.3 never indexed', '1006782d746573740474657374', ['x-test', 'test']],
  ['6.2.3 never indexed, in Huffman\'s code', '1085f2b24a84ff8349509f', ['x-test', 'test']]
]

for (const [what, field, raw] of fields) {
  test(`RFC 7541 ${what}: the field is read`, async (t) => {
    const { port, heard } = await startListener(t, echo)
    const client = await startHttp2Client(t, port, frame(1, 5, 1, start + field))
    assert.equal((await client.answer(1)).body, 'GET /\n')
    assert.deepEqual(heard[0]?.exchange.head.fields.toRaw().slice(-2), raw)
  })
}

for (const [what, updates] of [['a change', '30'], ['two changes', '203f61']] as const) {
  test(`RFC 7541 6.3 ${what} of the size of the table is taken`, async (t) => {
    const { port } = await startListener(t, echo)
    const client = await startHttp2Client(t, port, frame(1, 5, 1, updates + start))
    assert.equal((await client.answer(1)).body, 'GET /\n')
  })
}

test('4 HEAD is answered without a body', async (t) => {
  const { port } = await startListener(t, (one) => { one.answer('body') })
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, [':method', 'HEAD', ...get.slice(2)]))
  const { sections, body } = await client.answer(1)
  assert.deepEqual([sections, body], [[[':status', '200', 'content-length', '4']], ''])
})

test('2 what may come after a whole request costs nothing: WINDOW_UPDATE, PRIORITY, and RST_STREAM that ends it', async (t) => {
  const { port, heard } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, get), frame(8, 0, 1, '00000001'), frame(2, 0, 1, '00000000ff'))
  await client.isRead()
  assert.equal(heard[0]?.ends, 0)
  client.say(frame(3, 0, 1, '00000008'))
  await client.isRead()
  assert.deepEqual([heard[0]?.ends, client.goaways, client.stream(1).resetCode], [1, [], undefined])
})

test('2 what may come on a stream that both sides have ended costs nothing', async (t) => {
  const { port } = await startListener(t, echo)
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, get))
  await client.answer(1)
  client.say(frame(2, 0, 1, '00000000ff'), frame(8, 0, 1, '00000001'), frame(3, 0, 1, '00000008'))
  await client.isRead()
  assert.deepEqual([client.goaways, client.stream(1).resetCode], [[], undefined])
})

test('6.5.3 each SETTINGS is acknowledged, and the last value of one counts', async (t) => {
  const { port } = await startListener(t, (one) => { one.answer('abc') })
  const client = await startHttp2Client(t, port, frame(4, 0, 0, '000400000064000400000001'))
  client.say(client.headers(1, get))
  await until('the first byte', () => client.stream(1).body === 'a')
  await client.isRead()
  assert.deepEqual([client.stream(1).body, client.settingsAcks], ['a', 2])
})

test('6.7 PING is answered with what it says, and an answer to one is not', async (t) => {
  const { port } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  client.say(frame(6, 1, 0, 'ff'.repeat(8)), frame(6, 0, 0, '6832737065630102'))
  await client.isRead()
  assert.deepEqual(client.pingAcks, ['6832737065630102', '00'.repeat(8)])
})
