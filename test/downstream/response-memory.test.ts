import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMemory } from '../../src/base/read-memory.ts'
import { startListener } from '../helpers/listener.ts'
import { until } from '../helpers/until.ts'

const get = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'

/** A slot of the shared memory, full of this letter. */
function slotOf (letter: string): Buffer {
  return readMemory.copyOf(Buffer.alloc(65_536, letter), 65_536)
}

for (const [what, length, size] of [['a large body', 60_000, 60_000], ['a body in chunks', -1, 60_000], ['a body that goes out as text', 5000, 5000]] as const) {
  test(`memory that ${what} was read into is used again when it has left`, async (t) => {
    const slot = slotOf('a')
    const { client } = await startListener(t, ({ exchange }) => {
      exchange.begin(200, 'OK', length === -1 ? '' : `Content-Length: ${length}\r\n`, length)
      exchange.write(slot.subarray(0, 100))
      exchange.write(slot.subarray(100, size))
      exchange.end('')
    })
    const end = await client(get)
    const received = await end.hears('a'.repeat(size))
    assert.ok(received.includes('a'.repeat(size)))
    await until('the slot to be free', () => slotOf('b').buffer === slot.buffer)
  })
}

test('memory that a slow client has not read yet is not used again', async (t) => {
  const slots = Array.from({ length: 300 }, (_, i) => slotOf(String.fromCharCode(97 + i % 26)))
  const whole = slots.map((slot) => slot.toString('latin1')).join('')
  const { client, heard } = await startListener(t, ({ exchange }) => { exchange.begin(200, 'OK', `Content-Length: ${whole.length}\r\n`, whole.length) })
  const end = await client()
  end.socket.pause()
  end.say(get)
  const { exchange } = await until('the request', () => heard[0])
  for (const slot of slots) {
    exchange.write(slot)
    exchange.flush()
  }
  exchange.end('')
  assert.ok(exchange.unsentBytes > 1_000_000)
  for (let i = 0; i < 400; i++) slotOf('!')
  end.socket.resume()
  await until('all of it', () => end.heard().length > whole.length)
  assert.ok(end.heard().endsWith(whole))
})
