import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Http2ErrorCode } from '../../src/http2/errors.ts'
import { Random } from '../fuzz/random.ts'
import { frame, preface, readFrames, readPieces, settings } from '../helpers/frames.ts'

/** RFC 9113, by section: what each frame tells the handler. */
const taken: ReadonlyArray<readonly [name: string, frames: readonly Buffer[], events: unknown[][]]> = [
  ['6.1 DATA', [frame(0, 1, 1, '6162')], [['Data', 1, '6162', 2, true]]],
  ['6.1 DATA with padding, which counts against the window', [frame(0, 8, 1, '0261620000')], [['Data', 1, '6162', 5, false]]],
  ['6.1 DATA of nothing but padding', [frame(0, 8, 1, '020000')], [['Data', 1, '', 3, false]]],
  ['6.2 HEADERS', [frame(1, 5, 1, '82')], [['Fields', 1, '82', true]]],
  ['6.2 HEADERS with padding and priority', [frame(1, 0x2c, 3, '0100000001ff8200')], [['Fields', 3, '82', false]]],
  [
    '6.10 HEADERS and CONTINUATION, of which the first says END_STREAM',
    [frame(1, 1, 1, '82'), frame(9, 0, 1, '84'), frame(9, 5, 1, '86')],
    [['Fields', 1, '828486', true]]
  ],
  ['5.3.1 HEADERS of a stream that depends on itself', [frame(1, 0x24, 3, '00000003ff82')],
    [['Fields', 3, '82', false], ['StreamError', 3, 'invalid-dependency']]],
  ['6.3 PRIORITY', [frame(2, 0, 1, '8000000310')], [['Priority', 1]]],
  ['6.3 PRIORITY of another length', [frame(2, 0, 1, '00000003')], [['StreamError', 1, 'invalid-frame-length']]],
  ['5.3.1 PRIORITY of a stream that depends on itself', [frame(2, 0, 3, '8000000310')], [['StreamError', 3, 'invalid-dependency']]],
  ['6.4 RST_STREAM', [frame(3, 0, 1, '00000008')], [['Reset', 1, 8]]],
  ['6.5 SETTINGS, of which the last one counts and unknown ones do not', [frame(4, 0, 0, '0003000000010003000000020999ffffffff')],
    [['Settings', { maxConcurrentStreams: 2 }]]],
  ['6.5.2 SETTINGS at their bounds', [frame(4, 0, 0, '00020000000100047fffffff000500ffffff000800000001')],
    [['Settings', { enablePush: true, initialWindowSize: 0x7fff_ffff, maxFrameSize: 0xff_ffff, enableConnectProtocol: true }]]],
  ['6.5 SETTINGS acknowledged', [frame(4, 1, 0)], [['SettingsAck']]],
  ['6.7 PING', [frame(6, 0, 0, '0102030405060708')], [['Ping', '0102030405060708']]],
  ['6.7 PING acknowledged', [frame(6, 1, 0, '0102030405060708')], [['PingAck', '0102030405060708']]],
  ['6.8 GOAWAY with debug data', [frame(7, 0, 0, '80000003000000026162')], [['Goaway', 3, 2]]],
  ['6.9 WINDOW_UPDATE, without its reserved bit', [frame(8, 0, 1, '80000001'), frame(8, 0, 0, '7fffffff')],
    [['WindowUpdate', 1, 1], ['WindowUpdate', 0, 0x7fff_ffff]]],
  ['6.9.1 WINDOW_UPDATE of 0 on a stream', [frame(8, 0, 1, '00000000')], [['StreamError', 1, 'invalid-increment']]],
  ['4.1 a frame of an unknown type, with flags', [frame(0x16, 0xff, 7, '01')], [['Unknown', 0x16]]],
  ['4.1 the reserved bit of a stream identifier', [frame(0, 0, 0x8000_0001, '61')], [['Data', 1, '61', 1, false]]],
  ['4.1 flags without a meaning', [frame(6, 0xfe, 0, '0102030405060708')], [['Ping', '0102030405060708']]],
  ['4.2 a frame of the largest size', [frame(0, 0, 1, Buffer.alloc(16_384))], [['Data', 1, '00'.repeat(16_384), 16_384, false]]]
]

for (const [name, frames, events] of taken) {
  test(`RFC 9113 ${name} is taken`, () => {
    assert.deepEqual(readFrames(frames), { events, error: undefined, errorCode: undefined, awaitsRest: false })
  })
}

/** What costs the connection, with the code of section 7 that GOAWAY says. */
const refused: ReadonlyArray<readonly [name: string, frames: readonly Buffer[], code: Http2ErrorCode, errorCode: number]> = [
  ['4.2 a frame that is too large', [frame(0, 0, 1, Buffer.alloc(16_385))], 'frame-too-large', 6],
  ['4.2 SETTINGS that are too large', [frame(4, 0, 0, Buffer.alloc(16_386))], 'frame-too-large', 6],
  ['5.1.1 HEADERS on stream 0', [frame(1, 4, 0, '82')], 'stream-expected', 1],
  ['6.1 DATA on stream 0', [frame(0, 0, 0, '61')], 'stream-expected', 1],
  ['6.1 padding as long as the payload', [frame(0, 8, 1, '036162')], 'invalid-padding', 1],
  ['6.1 padding without its length', [frame(0, 8, 1)], 'invalid-frame-length', 6],
  ['6.2 padding of HEADERS that reaches into the priority', [frame(1, 0x2c, 1, '0100000000ff')], 'invalid-padding', 1],
  ['6.2 HEADERS too short for their priority', [frame(1, 0x24, 1, '00000000')], 'invalid-frame-length', 6],
  ['6.2 another stream within a field block', [frame(1, 0, 1, '82'), frame(1, 4, 3, '82')], 'continuation-expected', 1],
  ['6.2 DATA within a field block', [frame(1, 0, 1, '82'), frame(0, 0, 1, '61')], 'continuation-expected', 1],
  ['5.5 an unknown frame within a field block', [frame(1, 0, 1, '82'), frame(0x16, 0, 1)], 'continuation-expected', 1],
  ['6.3 PRIORITY on stream 0', [frame(2, 0, 0, '0000000310')], 'stream-expected', 1],
  ['6.4 RST_STREAM on stream 0', [frame(3, 0, 0, '00000008')], 'stream-expected', 1],
  ['6.4 RST_STREAM of another length', [frame(3, 0, 1, '000008')], 'invalid-frame-length', 6],
  ['6.5 SETTINGS on a stream', [frame(4, 0, 1)], 'stream-unexpected', 1],
  ['6.5 an acknowledgement that says something', [frame(4, 1, 0, '000300000001')], 'invalid-frame-length', 6],
  ['6.5 SETTINGS with half a setting', [frame(4, 0, 0, '000300')], 'invalid-frame-length', 6],
  ['6.5.2 ENABLE_PUSH of 2', [frame(4, 0, 0, '000200000002')], 'invalid-setting', 1],
  ['6.5.2 INITIAL_WINDOW_SIZE of 2^31', [frame(4, 0, 0, '000480000000')], 'invalid-window-setting', 3],
  ['6.5.2 MAX_FRAME_SIZE below the least', [frame(4, 0, 0, '000500003fff')], 'invalid-setting', 1],
  ['6.5.2 MAX_FRAME_SIZE above the most', [frame(4, 0, 0, '000501000000')], 'invalid-setting', 1],
  ['RFC 8441 3 ENABLE_CONNECT_PROTOCOL of 2', [frame(4, 0, 0, '000800000002')], 'invalid-setting', 1],
  ['8.4 PUSH_PROMISE', [frame(5, 4, 1, '0000000282')], 'push-unexpected', 1],
  ['6.7 PING on a stream', [frame(6, 0, 1, '0102030405060708')], 'stream-unexpected', 1],
  ['6.7 PING of another length', [frame(6, 0, 0, '010203040506')], 'invalid-frame-length', 6],
  ['6.8 GOAWAY on a stream', [frame(7, 0, 1, '0000000000000000')], 'stream-unexpected', 1],
  ['6.8 GOAWAY that is too short', [frame(7, 0, 0, '00000000000000')], 'invalid-frame-length', 6],
  ['6.9 WINDOW_UPDATE of another length', [frame(8, 0, 1, '000001')], 'invalid-frame-length', 6],
  ['6.9 WINDOW_UPDATE of 0 on the connection', [frame(8, 0, 0, '80000000')], 'invalid-increment', 1],
  ['6.10 CONTINUATION of nothing', [frame(9, 4, 1, '82')], 'continuation-unexpected', 1],
  ['6.10 CONTINUATION on stream 0', [frame(9, 4, 0, '82')], 'stream-expected', 1],
  ['6.10 CONTINUATION of another stream', [frame(1, 0, 1, '82'), frame(9, 4, 3, '82')], 'continuation-expected', 1],
  ['6.10 CONTINUATION after the last one', [frame(1, 0, 1, '82'), frame(9, 4, 1, '82'), frame(9, 4, 1, '82')],
    'continuation-unexpected', 1],
  ['10.5.1 a field block in nine frames', [frame(1, 0, 1, '82'), ...Array.from({ length: 8 }, () => frame(9, 0, 1))],
    'too-many-continuations', 11],
  ['10.5.1 a field block of 16 KiB and a byte', [frame(1, 0, 1, Buffer.alloc(16_384, 0x82)), frame(9, 4, 1, '82')],
    'field-block-too-large', 11]
]

for (const [name, frames, code, errorCode] of refused) {
  test(`RFC 9113 ${name} is refused: ${code}`, () => {
    const reading = readFrames([...frames, frame(6, 0, 0, '0102030405060708')])
    assert.deepEqual([reading.error, reading.errorCode], [code, errorCode])
    assert.ok(reading.events.every(([event]) => event === 'Fields'), 'nothing after it is read')
  })
}

test('a frame that is too large is refused by its header', () => {
  assert.equal(readFrames([frame(0, 0, 1, Buffer.alloc(16_385)).subarray(0, 9)]).error, 'frame-too-large')
})

test('a field block may come in eight frames', () => {
  const middle = Array.from({ length: 6 }, () => frame(9, 0, 1, '84'))
  assert.deepEqual(readFrames([frame(1, 0, 1, '82'), ...middle, frame(9, 4, 1, '86')]).events, [['Fields', 1, '8284848484848486', false]])
})

test('RFC 9113 3.4: a client begins with the preface', () => {
  for (const wrong of ['GET / HTTP/1.1\r\n', 'X', preface.replace('SM', 'SN'), 'PRI * HTTP/2.0\r\n\r\nS ']) {
    assert.equal(readPieces([Buffer.from(wrong)]).error, 'invalid-preface')
  }
  assert.deepEqual(readPieces([Buffer.from(preface.slice(0, 10)), Buffer.from(preface.slice(10))]).events, [])
})

test('RFC 9113 3.4: the first frame is SETTINGS, and not an acknowledgement', () => {
  for (const first of [frame(6, 0, 0, '0102030405060708'), frame(4, 1, 0), frame(0x16, 0, 0)]) {
    assert.equal(readPieces([first], 'server').error, 'settings-expected')
  }
  assert.deepEqual(readPieces([settings], 'server').events, [['Settings', {}]])
})

test('the pieces in which frames come do not matter', () => {
  const random = new Random(9113)
  const all = Buffer.concat([Buffer.from(preface), settings, ...taken.flatMap(([, frames]) => frames)])
  const whole = readPieces([all])
  assert.equal(whole.events.length, 1 + taken.reduce((sum, [, , events]) => sum + events.length, 0))
  assert.deepEqual(readPieces(Array.from(all, (byte) => Buffer.of(byte))), whole)
  for (let i = 0; i < 100; i++) assert.deepEqual(readPieces(random.split(all)), whole)
})

test('how many frames are read at once does not matter', () => {
  const random = new Random(9113)
  const all = Buffer.concat([Buffer.from(preface), settings, ...taken.flatMap(([, frames]) => frames)])
  const whole = readPieces([all])
  for (let i = 0; i < 100; i++) assert.deepEqual(readPieces(random.split(all), 'client', {}, () => 1 + random.below(4)), whole)
})

test('no more frames are read at once than asked for', () => {
  const pings = [frame(6, 0, 0, '00'.repeat(8)), frame(6, 0, 0, '01'.repeat(8)), frame(6, 0, 0, '02'.repeat(8))]
  const pieces = [Buffer.concat([Buffer.from(preface), settings, ...pings])]
  const counts: number[] = []
  const { events } = readPieces(pieces, 'client', {}, () => {
    counts.push(1)
    return 1
  })
  assert.equal(events.length, 4)
  assert.equal(counts.length, 4)
})

test('a fragment of a field block outlives the memory that it was read into', () => {
  function * usedAgain (...pieces: Buffer[]): Generator<Buffer> {
    for (const piece of pieces) {
      yield piece
      piece.fill(0)
    }
  }
  const pieces = usedAgain(Buffer.concat([Buffer.from(preface), settings, frame(1, 0, 1, '82')]), frame(9, 4, 1, '84'))
  assert.deepEqual(readPieces(pieces).events.at(-1), ['Fields', 1, '8284', false])
})

test('a frame that is not whole is known', () => {
  assert.equal(readFrames([frame(6, 0, 0, '01').subarray(0, 4)]).awaitsRest, true)
  assert.equal(readFrames([frame(1, 0, 1, '82')]).awaitsRest, true)
  assert.equal(readFrames([]).awaitsRest, false)
})
