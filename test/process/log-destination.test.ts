import assert from 'node:assert/strict'
import { openSync, closeSync, readFileSync, type write } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { LogDestination } from '../../src/observe/log-destination.ts'
import { FakeClock } from '../helpers/clock.ts'
import { temporaryFolder } from '../helpers/server-process.ts'

interface Write {
  readonly text: string
  readonly end: (code?: string, written?: number) => void
}

/** A destination whose writes take until the test ends them. */
function createDestination () {
  const clock = new FakeClock()
  const writes: Write[] = []
  const lost: number[] = []
  function slowWrite (
    _fd: number,
    bytes: Buffer,
    _offset: number,
    length: number,
    _at: null,
    done: (error: unknown, written: number) => void
  ): void {
    writes.push({
      text: String(bytes),
      end: (code, written = length) => {
        done(code === undefined ? null : Object.assign(new Error(code), { code }), code === undefined ? written : 0)
      }
    })
  }
  const destination = new LogDestination({
    fd: -1,
    clock,
    onLost: (lines) => {
      lost.push(lines)
    },
    write: slowWrite as unknown as typeof write
  })
  return { clock, writes, lost, destination, texts: () => writes.map(({ text }) => text) }
}

const longLine = `${'x'.repeat(1_000_000)}\n`

test('lines that come within 50 ms are written together', () => {
  const { destination, clock, texts } = createDestination()
  destination.write('a\n')
  destination.write('é\n')
  assert.deepEqual(texts(), [])
  clock.advance(50)
  assert.deepEqual(texts(), ['a\né\n'])
})

test('a lot of lines is written at once, and what comes meanwhile follows it', () => {
  const { destination, clock, writes, texts } = createDestination()
  destination.write(longLine)
  assert.equal(writes.length, 1)
  destination.write('b\n')
  destination.write('c\n')
  clock.advance(1000)
  assert.equal(writes.length, 1)
  writes[0]?.end()
  clock.advance(50)
  assert.deepEqual(texts().slice(1), ['b\nc\n'])
})

test('what was written in part is written to its end', () => {
  const { destination, clock, writes, texts } = createDestination()
  destination.write('abc\n')
  clock.advance(50)
  writes[0]?.end(undefined, 1)
  writes[1]?.end()
  assert.deepEqual(texts(), ['abc\n', 'bc\n'])
})

test('a pipe that is full is tried again', () => {
  const { destination, clock, writes, lost, texts } = createDestination()
  destination.write('a\n')
  clock.advance(50)
  writes[0]?.end('EAGAIN')
  clock.advance(50)
  writes[1]?.end()
  assert.deepEqual(texts(), ['a\n', 'a\n'])
  assert.deepEqual(lost, [])
})

test('of a reader that does not keep up 16 MiB are kept; how many lines are lost is told when it goes on', () => {
  const { destination, writes, lost } = createDestination()
  for (let i = 0; i < 20; i++) destination.write(longLine)
  writes[0]?.end()
  assert.deepEqual(lost, [4])
  assert.deepEqual(writes.map(({ text }) => text.length), [1_000_001, 15 * 1_000_001])
  writes[1]?.end()
  assert.deepEqual(lost, [4])
})

test('a disk that is full costs the lines of its time, and no more', () => {
  const { destination, clock, writes, lost, texts } = createDestination()
  destination.write('a\n')
  destination.write('b\n')
  clock.advance(50)
  writes[0]?.end('ENOSPC')
  clock.advance(60_000)
  assert.equal(writes.length, 1)
  destination.write('c\n')
  clock.advance(50)
  writes[1]?.end()
  assert.deepEqual(lost, [2])
  assert.deepEqual(texts(), ['a\nb\n', 'c\n'])
})

test('the end comes when all is written, without waiting for more', async () => {
  const { destination, writes, texts } = createDestination()
  destination.write(longLine)
  destination.write('b\n')
  let hasEnded = false
  const ended = destination.end().then(() => { hasEnded = true })
  writes[0]?.end()
  await Promise.resolve()
  assert.equal(hasEnded, false)
  assert.deepEqual(texts().slice(1), ['b\n'])
  writes[1]?.end()
  await ended
})

test('the end comes on a full disk too, and at once where nothing waits', async () => {
  const { destination, writes } = createDestination()
  await destination.end()
  destination.write(longLine)
  const ended = destination.end()
  writes[0]?.end('ENOSPC')
  await ended
})

test('a process that ends at once writes what waits, once', async (t) => {
  const file = join(await temporaryFolder(), 'log')
  const fd = openSync(file, 'a')
  t.after(() => { closeSync(fd) })
  const clock = new FakeClock()
  const destination = new LogDestination({ fd, clock, onLost: () => {} })
  destination.write('a\n')
  destination.write('b\n')
  destination.flushSync()
  clock.advance(1000)
  destination.flushSync()
  assert.equal(readFileSync(file, 'utf8'), 'a\nb\n')
})
