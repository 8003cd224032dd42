import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReadMemory } from '../../src/base/read-memory.ts'

const slotBytes = 64 * 1024
const source = (byte: number) => Buffer.alloc(slotBytes, byte)

for (const size of [1, 4095, 4096, 4097, slotBytes - 1, slotBytes]) {
  test(`a copy of ${size} bytes holds these, and no later change of the source`, () => {
    const read = source(1)
    const copy = new ReadMemory(slotBytes).copyOf(read, size)
    read.fill(2)
    assert.deepEqual(copy, Buffer.alloc(size, 1))
  })
}

test('what is given back is used again, whole', () => {
  const memory = new ReadMemory(slotBytes)
  const first = memory.copyOf(source(1), 5000)
  memory.giveBack(first)
  const second = memory.copyOf(source(2), slotBytes)
  assert.equal(second.buffer, first.buffer)
  assert.deepEqual(second, source(2))
})

test('a part of a piece, such as a body behind its head, gives back all of it', () => {
  const memory = new ReadMemory(slotBytes)
  const first = memory.copyOf(source(1), 20_000)
  memory.giveBack(first.subarray(300))
  const second = memory.copyOf(source(2), 60_000)
  assert.equal(second.buffer, first.buffer)
  assert.equal(second.byteOffset, 0)
})

test('what is in use is never handed out a second time', () => {
  const memory = new ReadMemory(slotBytes)
  const inUse = new Map<number, Buffer>()
  for (let i = 0; i < 300; i++) {
    const byte = i % 251
    // Every third is given back; the others stay, among them those that got memory a second time.
    const piece = memory.copyOf(source(byte), 4096 + i)
    if (i % 3 === 0) memory.giveBack(piece)
    else inUse.set(i, piece)
  }
  assert.equal(new Set(Array.from(inUse.values(), ({ buffer }) => buffer)).size, inUse.size)
  for (const [i, piece] of inUse) assert.deepEqual(piece, Buffer.alloc(4096 + i, i % 251))
})

for (const [what, foreign] of [
  ['a small piece', (memory: ReadMemory) => memory.copyOf(source(1), 100)],
  ['memory of somebody else', () => Buffer.alloc(slotBytes)],
  ['memory of another one', () => new ReadMemory(slotBytes).copyOf(source(1), slotBytes)]
] as const) {
  test(`${what} is not taken back`, () => {
    const memory = new ReadMemory(slotBytes)
    const piece = foreign(memory)
    memory.giveBack(piece)
    assert.notEqual(memory.copyOf(source(2), slotBytes).buffer, piece.buffer)
  })
}

test('not more than 128 slots, 8 MiB, are kept', () => {
  const memory = new ReadMemory(slotBytes)
  const pieces = Array.from({ length: 130 }, () => memory.copyOf(source(1), slotBytes))
  for (const piece of pieces) memory.giveBack(piece)
  const kept = new Set(pieces.slice(0, 128).map(({ buffer }) => buffer))
  const again = Array.from({ length: 130 }, () => memory.copyOf(source(2), slotBytes))
  assert.equal(again.filter(({ buffer }) => kept.has(buffer)).length, 128)
})
