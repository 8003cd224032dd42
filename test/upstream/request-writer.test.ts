import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { RequestWriter } from '../../src/upstream/request-writer.ts'

/** A writer, and what it has written: a piece each write, those that were corked together joined by `|`. */
function createWriter (): { writer: RequestWriter, written: string[] } {
  const written: string[] = []
  let corked: string[] | undefined
  const socket = Object.assign(new Socket(), {
    write (data: string | Buffer, ...rest: unknown[]): boolean {
      const text = typeof data === 'string' ? data : data.toString('latin1')
      if (corked === undefined) written.push(text)
      else corked.push(text)
      const onWritten = rest.at(-1)
      if (typeof onWritten === 'function') (onWritten as () => void)()
      return true
    },
    cork () { corked = [] },
    uncork () {
      written.push((corked ?? []).join('|'))
      corked = undefined
    }
  })
  const writer = new RequestWriter(socket)
  writer.begin()
  return { writer, written }
}

test('a request without a body is one write', () => {
  const { writer, written } = createWriter()
  writer.send('head', 'none')
  assert.deepEqual([written, writer.isWhole], [[], false])
  writer.end('')
  assert.deepEqual([written, writer.isWhole], [['head'], true])
})

test('a small body that is there is one write with its head', () => {
  const { writer, written } = createWriter()
  writer.send('head ', 'length')
  writer.write(Buffer.from('caf\xe9', 'latin1'), false)
  writer.end('')
  assert.deepEqual(written, ['head caf\xe9'])
})

test('a head does not wait for a body that is not there', () => {
  const { writer, written } = createWriter()
  writer.send('head', 'length')
  writer.flush()
  writer.write(Buffer.from('body'), false)
  writer.end('')
  assert.deepEqual(written, ['head', 'body'])
})

test('chunks go out with their sizes, and the last one with the trailers', () => {
  const { writer, written } = createWriter()
  writer.send('head ', 'chunked')
  writer.write(Buffer.from('a'.repeat(16)), false)
  writer.flush()
  writer.write(Buffer.from('b'), false)
  writer.end('X-Sum: 1\r\n')
  assert.deepEqual(written, [`head 10\r\n${'a'.repeat(16)}\r\n`, '1\r\nb\r\n', '0\r\nX-Sum: 1\r\n\r\n'])
})

test('a large piece is not copied into text', () => {
  for (const [framing, expected] of [['length', 'head |LARGE'], ['chunked', 'head 4e20\r\n|LARGE|\r\n']] as const) {
    const { writer, written } = createWriter()
    const large = 'x'.repeat(20_000)
    writer.send('head ', framing)
    writer.write(Buffer.from(large), false)
    assert.deepEqual(written, [expected.replace('LARGE', large)])
  }
})

test('memory is freed when the bytes have left, if it is the writer\'s and nothing else lies in it', (t) => {
  if (!('transfer' in ArrayBuffer.prototype)) return t.skip('Node.js 20 cannot free it')
  const { writer } = createWriter()
  writer.send('head', 'length')
  const [ours, others, shared] = [Buffer.alloc(10_000), Buffer.alloc(10_000), Buffer.alloc(10_000)]
  writer.write(ours, true)
  writer.write(others, false)
  writer.write(shared.subarray(1), true)
  assert.deepEqual([ours, others, shared].map(({ buffer }) => buffer.byteLength), [0, 10_000, 10_000])
})

test('the next request begins anew', () => {
  const { writer, written } = createWriter()
  writer.send('head ', 'chunked')
  writer.end('')
  writer.begin()
  assert.equal(writer.isWhole, false)
  writer.send('second ', 'length')
  writer.write(Buffer.from('body'), false)
  writer.end('')
  assert.deepEqual(written, ['head 0\r\n\r\n', 'second body'])
})
