import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameWriter } from '../../src/http2/frame-writer.ts'
import { CLIENT_PREFACE } from '../../src/http2/frame-types.ts'
import { readPieces } from '../helpers/frames.ts'

test('every frame that is written is read as what it was', () => {
  const writer = new FrameWriter()
  const opaque = Buffer.from('0102030405060708', 'hex')
  writer.raw(CLIENT_PREFACE)
  const said = { headerTableSize: 0, enablePush: false, initialWindowSize: 1, enableConnectProtocol: true }
  writer.settings({ ...said, maxConcurrentStreams: Infinity })
  writer.settingsAck()
  writer.fields(1, Buffer.from('82'.repeat(40), 'hex'), true, 16)
  writer.fields(3, Buffer.alloc(0), false, 16)
  writer.data(3, Buffer.from('ab'), false)
  writer.data(3, Buffer.alloc(0), true)
  writer.reset(5, 0xffff_ffff)
  writer.ping(opaque, false)
  writer.ping(opaque, true)
  writer.windowUpdate(0, 0x7fff_ffff)
  writer.goaway(0x7fff_ffff, 11)
  assert.deepEqual(readPieces([writer.take()]), {
    events: [
      ['Settings', said],
      ['SettingsAck'],
      ['Fields', 1, '82'.repeat(40), true],
      ['Fields', 3, '', false],
      ['Data', 3, '6162', 2, false],
      ['Data', 3, '', 0, true],
      ['Reset', 5, 0xffff_ffff],
      ['Ping', '0102030405060708'],
      ['PingAck', '0102030405060708'],
      ['WindowUpdate', 0, 0x7fff_ffff],
      ['Goaway', 0x7fff_ffff, 11]
    ],
    error: undefined,
    errorCode: undefined,
    awaitsRest: false
  })
})

test('a field block is cut at the largest frame that the other side takes', () => {
  const writer = new FrameWriter()
  writer.fields(1, Buffer.alloc(32, 0x82), false, 16)
  const bytes = writer.take()
  assert.equal(bytes.subarray(0, 9).toString('hex'), '000010010000000001')
  assert.equal(bytes.subarray(25, 34).toString('hex'), '000010090400000001')
  assert.equal(bytes.length, 50)
})

test('what was taken is not written over, be it small or large', () => {
  for (const length of [1, 3000, 100_000]) {
    const writer = new FrameWriter()
    writer.data(1, Buffer.alloc(length, 'a'), false)
    const taken = writer.take()
    assert.deepEqual([taken.length, writer.length], [9 + length, 0])
    writer.data(1, Buffer.alloc(length, 'b'), false)
    assert.deepEqual(taken.subarray(9), Buffer.alloc(length, 'a'))
    assert.deepEqual(writer.take().subarray(9), Buffer.alloc(length, 'b'))
  }
})
