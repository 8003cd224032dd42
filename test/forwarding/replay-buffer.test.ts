import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReplayBuffer } from '../../src/forwarding/replay-buffer.ts'

test('what was appended is there, in its order', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 }), (pieces) => {
    const replay = new ReplayBuffer()
    for (const piece of pieces) replay.append(Buffer.from(piece))
    assert.deepEqual(replay.bytes ?? Buffer.alloc(0), Buffer.concat(pieces))
  }))
})

test('a body that is one piece is kept without a copy', () => {
  const replay = new ReplayBuffer()
  const piece = Buffer.from('whole')
  replay.append(piece)
  assert.equal(replay.bytes?.buffer, piece.buffer)
})

test('many pieces of one byte take no more than twice their bytes', () => {
  const replay = new ReplayBuffer()
  for (let i = 0; i < 65_536; i++) replay.append(Buffer.from('x'))
  assert.ok((replay.bytes?.buffer.byteLength ?? Infinity) <= 2 * 65_536)
})

test('what was cleared is gone', () => {
  const replay = new ReplayBuffer()
  replay.append(Buffer.from('a'))
  replay.clear()
  assert.equal(replay.bytes, undefined)
  replay.append(Buffer.from('b'))
  assert.deepEqual(replay.bytes, Buffer.from('b'))
})
