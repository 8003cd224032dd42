import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import * as errors from '../../../src/http2/errors.ts'
import { frame } from '../../helpers/frames.ts'
import { get, Http2Client, post, startHttp2Client } from '../../helpers/http2-client.ts'
import { echo, holds, startListener } from '../../helpers/listener.ts'
import { until } from '../../helpers/until.ts'

// After the list of h2spec, in our words; sections are those of RFC 9113.

type Said = (client: Http2Client) => Buffer[]

const PRIORITY = '0000000010'
const { PROTOCOL_ERROR, FRAME_SIZE_ERROR, FLOW_CONTROL_ERROR, COMPRESSION_ERROR, STREAM_CLOSED, ENHANCE_YOUR_CALM } = errors

/** Stream 1 is open: its request is not whole. */
const opened: Said = (client) => [client.headers(1, post, false)]
/** The request on stream 1 is whole. */
const asked: Said = (client) => [client.headers(1, get)]
/** Stream 1 was reset by its client. */
const reset: Said = (client) => [client.headers(1, post, false), frame(3, 0, 1, '00000008')]
const nothing: Said = () => []
/** A request whose last field is x-test, with this value. */
const huffman = (value: string): Said => () => [frame(1, 5, 1, `8286844101680085f2b24a84ff${value}`)]

const ofConnection: ReadonlyArray<readonly [what: string, before: Said, said: Said, code: number]> = [
  ['4.2 DATA longer than allowed', opened, () => [frame(0, 0, 1, Buffer.alloc(16_385))], FRAME_SIZE_ERROR],
  ['4.2 HEADERS longer than allowed', nothing, () => [frame(1, 5, 1, Buffer.alloc(16_385))], FRAME_SIZE_ERROR],
  ['4.3 a field block with an index of no entry', nothing, () => [frame(1, 5, 1, 'ff80808008')], COMPRESSION_ERROR],
  ['4.3 a field block that PRIORITY interrupts', nothing, () => [frame(1, 1, 1, '82'), frame(2, 0, 1, PRIORITY)], PROTOCOL_ERROR],
  ['4.3 a field block that another one interrupts', nothing, () => [frame(1, 1, 1, '82'), frame(1, 5, 3, '82')], PROTOCOL_ERROR],
  ['5.1 DATA on an idle stream', nothing, () => [frame(0, 1, 1, '61')], PROTOCOL_ERROR],
  ['5.1 RST_STREAM on an idle stream', nothing, () => [frame(3, 0, 1, '00000008')], PROTOCOL_ERROR],
  ['5.1 WINDOW_UPDATE on an idle stream', nothing, () => [frame(8, 0, 1, '00000064')], PROTOCOL_ERROR],
  ['5.1 CONTINUATION on an idle stream', nothing, () => [frame(9, 4, 1, '82')], PROTOCOL_ERROR],
  ['5.1 CONTINUATION after a whole request', asked, () => [frame(9, 4, 1, '82')], PROTOCOL_ERROR],
  ['5.1 HEADERS on a stream that its client has reset', reset, (client) => [client.headers(1, get)], STREAM_CLOSED],
  ['5.1 CONTINUATION on a stream that its client has reset', reset, () => [frame(9, 4, 1, '82')], PROTOCOL_ERROR],
  ['5.1.1 a stream with an even number', nothing, (client) => [client.headers(2, get)], PROTOCOL_ERROR],
  ['5.1.1 a stream with a smaller number', (client) => [client.headers(5, get)], (client) => [client.headers(3, get)], PROTOCOL_ERROR],
  ['5.3.1 PRIORITY of an idle stream that depends on itself', nothing, () => [frame(2, 0, 1, '00000001ff')], PROTOCOL_ERROR],
  ['5.5 an unknown frame within a field block', nothing, () => [frame(1, 1, 1, '82'), frame(0x16, 0, 0, '00')], PROTOCOL_ERROR],
  ['6.1 DATA on stream 0', opened, () => [frame(0, 1, 0, '61')], PROTOCOL_ERROR],
  ['6.1 DATA with too much padding', opened, () => [frame(0, 9, 1, '0661')], PROTOCOL_ERROR],
  ['6.2 HEADERS on stream 0', nothing, () => [frame(1, 5, 0, '82')], PROTOCOL_ERROR],
  ['6.2 HEADERS with too much padding', nothing, () => [frame(1, 13, 1, '0582')], PROTOCOL_ERROR],
  ['6.3 PRIORITY on stream 0', nothing, () => [frame(2, 0, 0, PRIORITY)], PROTOCOL_ERROR],
  ['6.3 PRIORITY of another length', nothing, () => [frame(2, 0, 1, '00000000')], FRAME_SIZE_ERROR],
  ['6.4 RST_STREAM on stream 0', nothing, () => [frame(3, 0, 0, '00000008')], PROTOCOL_ERROR],
  ['6.4 RST_STREAM of another length', opened, () => [frame(3, 0, 1, '000008')], FRAME_SIZE_ERROR],
  ['6.5 an acknowledgement with settings', nothing, () => [frame(4, 1, 0, '000300000001')], FRAME_SIZE_ERROR],
  ['6.5 SETTINGS on a stream', nothing, () => [frame(4, 0, 1, '000300000001')], PROTOCOL_ERROR],
  ['6.5 SETTINGS of another length', nothing, () => [frame(4, 0, 0, '000300')], FRAME_SIZE_ERROR],
  ['6.5.2 ENABLE_PUSH of 2', nothing, () => [frame(4, 0, 0, '000200000002')], PROTOCOL_ERROR],
  ['6.5.2 INITIAL_WINDOW_SIZE of 2^31', nothing, () => [frame(4, 0, 0, '000480000000')], FLOW_CONTROL_ERROR],
  ['6.5.2 MAX_FRAME_SIZE below 2^14', nothing, () => [frame(4, 0, 0, '000500003fff')], PROTOCOL_ERROR],
  ['6.5.2 MAX_FRAME_SIZE of 2^24', nothing, () => [frame(4, 0, 0, '000501000000')], PROTOCOL_ERROR],
  ['6.7 PING on a stream', nothing, () => [frame(6, 0, 1, '00'.repeat(8))], PROTOCOL_ERROR],
  ['6.7 PING of another length', nothing, () => [frame(6, 0, 0, '00'.repeat(6))], FRAME_SIZE_ERROR],
  ['6.8 GOAWAY on a stream', nothing, () => [frame(7, 0, 1, '00'.repeat(8))], PROTOCOL_ERROR],
  ['6.9 WINDOW_UPDATE of 0 for the connection', nothing, () => [frame(8, 0, 0, '00000000')], PROTOCOL_ERROR],
  ['6.9 WINDOW_UPDATE of another length', nothing, () => [frame(8, 0, 0, '000001')], FRAME_SIZE_ERROR],
  ['6.9.1 a window of the connection beyond 2^31 - 1', nothing, () => [frame(8, 0, 0, '7fffffff')], FLOW_CONTROL_ERROR],
  ['6.9.2 a window of a stream beyond 2^31 - 1 by SETTINGS', (client) => [...asked(client), frame(8, 0, 1, '7fff0000')],
    () => [frame(4, 0, 0, '00047fffffff')], FLOW_CONTROL_ERROR],
  ['6.10 CONTINUATION on stream 0', nothing, () => [frame(1, 1, 1, '82'), frame(9, 4, 0, '84')], PROTOCOL_ERROR],
  ['6.10 CONTINUATION after END_HEADERS', asked, () => [frame(9, 4, 1, '84')], PROTOCOL_ERROR],
  ['6.10 CONTINUATION after CONTINUATION with END_HEADERS', nothing,
    () => [frame(1, 1, 1, '828684'), frame(9, 4, 1, '0f0a0168'), frame(9, 4, 1, '84')], PROTOCOL_ERROR],
  ['6.10 CONTINUATION that DATA follows', nothing,
    () => [frame(1, 1, 1, '82'), frame(9, 0, 1, '84'), frame(0, 1, 1, '61')], PROTOCOL_ERROR],
  ['6.10 CONTINUATION after DATA', opened, () => [frame(0, 0, 1, '61'), frame(9, 4, 1, '84')], PROTOCOL_ERROR],
  ['6.10 CONTINUATION in too many frames', nothing, () => [frame(1, 1, 1, '82'), ...Array.from({ length: 8 }, () => frame(9, 0, 1, ''))],
    ENHANCE_YOUR_CALM],
  ['8.4 PUSH_PROMISE', opened, () => [frame(5, 4, 1, '0000000282')], PROTOCOL_ERROR],
  ['RFC 7541 2.3.3 a name with an index of no entry', nothing, () => [frame(1, 5, 1, '828684410168' + '7f0700')], COMPRESSION_ERROR],
  ['RFC 7541 2.3.3 the index 0', nothing, () => [frame(1, 5, 1, '80')], COMPRESSION_ERROR],
  ['RFC 7541 4.2 a table that changes after a field', nothing, () => [frame(1, 5, 1, '823f')], COMPRESSION_ERROR],
  ['RFC 7541 6.3 a table larger than allowed', nothing, () => [frame(1, 5, 1, '3fe21f82')], COMPRESSION_ERROR],
  ['RFC 7541 5.2 a Huffman code padded with more than 7 bits', nothing, huffman('8449509fff'), COMPRESSION_ERROR],
  ['RFC 7541 5.2 a Huffman code padded with zeros', nothing, huffman('83495090'), COMPRESSION_ERROR],
  ['RFC 7541 5.2 a Huffman code with EOS in it', nothing, huffman('874951fffffffa7f'), COMPRESSION_ERROR],
  ['RFC 7541 5.2 a string longer than its block', nothing, huffman('84ff'), COMPRESSION_ERROR],
  ['10.5.1 fields that are too large', nothing, (client) => [client.headers(1, [...get, ...Array.from({ length: 600 }, () => 'x')])],
    ENHANCE_YOUR_CALM]
]

for (const [what, before, said, code] of ofConnection) {
  test(`${what} costs the connection`, async (t) => {
    const { port, listener, refused } = await startListener(t, holds)
    const client = await startHttp2Client(t, port)
    client.say(...before(client), ...said(client))
    await until('GOAWAY', () => client.goaways.length > 0)
    assert.deepEqual(client.goaways.map(([, errorCode]) => errorCode), [code])
    await until('the end', () => client.isOver)
    assert.equal(refused.length, 1)
    assert.equal(refused[0]?.reason, code === ENHANCE_YOUR_CALM ? 'flood' : 'malformed')
    client.socket.destroy()
    await until('the connection to be forgotten', () => listener.idle + listener.busy === 0)
  })
}

const changed = (i: number, ...raw: string[]): string[] => [...get.slice(0, i), ...raw, ...get.slice(i + 2)]

const ofStream: ReadonlyArray<readonly [what: string, before: Said, said: Said, code: number]> = [
  ['5.1 DATA after a whole request', asked, () => [frame(0, 1, 1, '61')], STREAM_CLOSED],
  ['5.1 HEADERS after a whole request', asked, (client) => [client.headers(1, ['a', 'b'])], STREAM_CLOSED],
  ['5.1 DATA on a stream that its client has reset', reset, () => [frame(0, 1, 1, '61')], STREAM_CLOSED],
  ['5.3.1 HEADERS of a stream that depends on itself', nothing,
    (client) => [frame(1, 0x25, 1, Buffer.concat([Buffer.from('00000001ff', 'hex'), client.block(get)]))], PROTOCOL_ERROR],
  ['5.3.1 PRIORITY of a stream that depends on itself', asked, () => [frame(2, 0, 1, '0000000110')], PROTOCOL_ERROR],
  ['6.9 WINDOW_UPDATE of 0', opened, () => [frame(8, 0, 1, '00000000')], PROTOCOL_ERROR],
  ['6.9.1 a window beyond 2^31 - 1', opened, () => [frame(8, 0, 1, '7fffffff')], FLOW_CONTROL_ERROR],
  ['6.9.1 more DATA than the window', opened,
    () => Array.from({ length: 5 }, () => frame(0, 0, 1, Buffer.alloc(16_384))), FLOW_CONTROL_ERROR],
  ['8.1 a second section that does not end the stream', opened, (client) => [client.headers(1, ['a', 'b'], false)], PROTOCOL_ERROR],
  ['8.1 a pseudo-header in trailers', opened, (client) => [client.headers(1, [':path', '/b'])], PROTOCOL_ERROR],
  ['8.2.1 a name in upper case', nothing, (client) => [client.headers(1, [...get, 'X-A', 'b'])], PROTOCOL_ERROR],
  ['8.2.1 a line end in a value', nothing, (client) => [client.headers(1, [...get, 'x', 'a\r\nb: c'])], PROTOCOL_ERROR],
  ['8.2.2 a field of the connection', nothing, (client) => [client.headers(1, [...get, 'connection', 'keep-alive'])], PROTOCOL_ERROR],
  ['8.2.2 Transfer-Encoding', nothing, (client) => [client.headers(1, [...post, 'transfer-encoding', 'chunked'], false)], PROTOCOL_ERROR],
  ['8.2.2 TE other than trailers', nothing, (client) => [client.headers(1, [...get, 'te', 'trailers, deflate'])], PROTOCOL_ERROR],
  ['8.3 an unknown pseudo-header', nothing, (client) => [client.headers(1, [...get, ':test', 'ok'])], PROTOCOL_ERROR],
  ['8.3 a pseudo-header of responses', nothing, (client) => [client.headers(1, [...get, ':status', '200'])], PROTOCOL_ERROR],
  ['8.3 a pseudo-header after fields', nothing, (client) => [client.headers(1, ['a', 'b', ...get])], PROTOCOL_ERROR],
  ['8.3.1 an empty path', nothing, (client) => [client.headers(1, changed(4, ':path', ''))], PROTOCOL_ERROR],
  ['8.3.1 no method', nothing, (client) => [client.headers(1, changed(0))], PROTOCOL_ERROR],
  ['8.3.1 no scheme', nothing, (client) => [client.headers(1, changed(2))], PROTOCOL_ERROR],
  ['8.3.1 no path', nothing, (client) => [client.headers(1, changed(4))], PROTOCOL_ERROR],
  ['8.3.1 two methods', nothing, (client) => [client.headers(1, [...get, ':method', 'GET'])], PROTOCOL_ERROR],
  ['8.3.1 two schemes', nothing, (client) => [client.headers(1, [...get, ':scheme', 'http'])], PROTOCOL_ERROR],
  ['8.3.1 two paths', nothing, (client) => [client.headers(1, [...get, ':path', '/'])], PROTOCOL_ERROR],
  ['8.3.1 a scheme that is neither http nor https', nothing, (client) => [client.headers(1, changed(2, ':scheme', 'ftp'))], PROTOCOL_ERROR],
  ['8.1.1 less DATA than Content-Length', (client) => [client.headers(1, [...post, 'content-length', '2'], false)],
    () => [frame(0, 1, 1, '61')], PROTOCOL_ERROR],
  ['8.1.1 more DATA than Content-Length', (client) => [client.headers(1, [...post, 'content-length', '2'], false)],
    () => [frame(0, 0, 1, '61'), frame(0, 1, 1, '6162')], PROTOCOL_ERROR],
  ['8.1.1 Content-Length with no DATA', nothing, (client) => [client.headers(1, [...post, 'content-length', '2'])], PROTOCOL_ERROR],
  ['RFC 8441 4 an unknown protocol', nothing,
    (client) => [client.headers(1, [':method', 'CONNECT', ':protocol', 'tcp', ...get.slice(2)], false)], PROTOCOL_ERROR]
]

for (const [what, before, said, code] of ofStream) {
  test(`${what} costs the stream, and no other`, async (t) => {
    const { port, heard } = await startListener(t, (one) => { if (one.exchange.head.target === '/other') echo(one) })
    const client = await startHttp2Client(t, port)
    client.say(...before(client), ...said(client))
    assert.equal(await client.reset(1), code)
    client.say(client.headers(3, changed(4, ':path', '/other')))
    assert.equal((await client.answer(3)).body, 'GET /other\n')
    assert.deepEqual(client.goaways, [])
    assert.deepEqual(heard.map(({ ends }) => ends), heard.map(() => 1))
  })
}

const isFine: ReadonlyArray<readonly [what: string, said: Said]> = [
  ['4.1 a frame of an unknown type', () => [frame(0x16, 0, 0, '00'.repeat(8))]],
  ['4.1 flags that mean nothing', () => [frame(6, 0xfe, 0, '00'.repeat(8))]],
  ['4.1 the reserved bit', () => [frame(6, 0, 0x8000_0000, '00'.repeat(8))]],
  ['5.1 PRIORITY on an idle stream', () => [frame(2, 0, 7, PRIORITY)]],
  ['5.1 WINDOW_UPDATE and RST_STREAM on a closed stream',
    (client) => [...reset(client), frame(8, 0, 1, '00000001'), frame(3, 0, 1, '00000008')]],
  ['6.1 DATA that is padding only', (client) => [...opened(client), frame(0, 8, 1, '020000')]],
  ['6.5.2 an unknown setting', () => [frame(4, 0, 0, '00ff00000001')]],
  ['6.5.3 a setting that comes twice', () => [frame(4, 0, 0, '000400000001000400010000')]],
  ['6.10 a field block in pieces', (client) => {
    const block = client.block([...get, 'x', 'y'])
    return [frame(1, 1, 5, block.subarray(0, 1)), frame(9, 0, 5, ''), frame(9, 4, 5, block.subarray(1))]
  }],
  ['7 an unknown error code in RST_STREAM', (client) => [...opened(client), frame(3, 0, 1, '000000ff')]]
]

for (const [what, said] of isFine) {
  test(`${what} costs nothing`, async (t) => {
    const { port, refused } = await startListener(t, echo)
    const client = await startHttp2Client(t, port)
    client.say(...said(client))
    client.say(client.headers(9, get))
    assert.equal((await client.answer(9)).body, 'GET /\n')
    assert.deepEqual([client.goaways, refused], [[], []])
  })
}

const ofClosed: ReadonlyArray<readonly [what: string, said: Said, goaway: number]> = [
  ['HEADERS', (client) => [client.headers(1, get)], STREAM_CLOSED],
  ['CONTINUATION', () => [frame(9, 4, 1, '82')], PROTOCOL_ERROR]
]

for (const [what, said, goaway] of ofClosed) {
  test(`5.1 ${what} on a stream that both sides have ended costs the connection`, async (t) => {
    const { port } = await startListener(t, echo)
    const client = await startHttp2Client(t, port)
    client.say(client.headers(1, get))
    await client.answer(1)
    client.say(...said(client))
    await until('the end', () => client.isOver)
    assert.deepEqual(client.goaways, [[1, goaway]])
  })
}

// RFC 7540 section 5.1 wants an error of the connection, and its section 6.1 one of the stream; RFC 9113 leaves the first to the server.
test('6.1 DATA on a stream that both sides have ended costs nothing but the stream', async (t) => {
  const { port } = await startListener(t, echo)
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, get))
  await client.answer(1)
  client.say(frame(0, 1, 1, '61'), client.headers(3, get))
  assert.equal(await client.reset(1), STREAM_CLOSED)
  assert.equal((await client.answer(3)).body, 'GET /\n')
  assert.deepEqual(client.goaways, [])
})

test('bytes that are no preface cost the connection', async (t) => {
  const { client } = await startListener(t, holds)
  const end = await client('PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n')
  const goaway = frame(7, 0, 0, '0000000000000001').toString('latin1')
  assert.ok((await end.hearsTheEnd()).endsWith(goaway))
})

test('the preface in pieces of a byte is one', async (t) => {
  const { port } = await startListener(t, echo)
  const slow = new Http2Client(connect({ port, host: '127.0.0.1', noDelay: true }))
  t.after(() => { slow.socket.destroy() })
  for (const byte of Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')) slow.say(Buffer.from([byte]))
  slow.say(frame(4, 0, 0), slow.headers(1, get))
  assert.equal((await slow.answer(1)).body, 'GET /\n')
})
