import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ENHANCE_YOUR_CALM } from '../../../src/http2/errors.ts'
import { frame } from '../../helpers/frames.ts'
import { post, startHttp2Client } from '../../helpers/http2-client.ts'
import { holds, startListener } from '../../helpers/listener.ts'
import { until } from '../../helpers/until.ts'

const floods: ReadonlyArray<readonly [what: string, frames: (i: number, block: Buffer) => Buffer[]]> = [
  ['resets', (i, block) => [frame(1, 5, 2 * i + 1, block), frame(3, 0, 2 * i + 1, '00000008')]],
  ['malformed requests', (i, block) => [frame(1, 5, 2 * i + 1, Buffer.concat([block, block]))]],
  ['pings', () => [frame(6, 0, 0, '00'.repeat(8))]],
  ['settings', () => [frame(4, 0, 0)]],
  ['acknowledgements', () => [frame(4, 1, 0)]],
  ['priorities', () => [frame(2, 0, 1, '0000000010')]],
  ['windows', () => [frame(8, 0, 0, '00000001')]],
  ['unknown frames', () => [frame(0x16, 0, 0)]]
]

for (const [what, frames] of floods) {
  test(`a flood of ${what} is cut`, async (t) => {
    const { port, refused } = await startListener(t, holds)
    const client = await startHttp2Client(t, port)
    // Nothing of it goes into a table, so that it can be said again.
    const block = Buffer.from('828684', 'hex')
    const host = Buffer.from('0f0a0168', 'hex')
    for (let i = 0; i < 2500; i++) client.say(...frames(i, Buffer.concat([block, host])))
    await until('the end', () => client.isOver)
    assert.equal(client.goaways.at(-1)?.[1], ENHANCE_YOUR_CALM)
    assert.deepEqual(refused.filter(({ reason }) => reason === 'flood').length, 1)
  })
}

test('empty DATA is as good as none, and too much of it is cut', async (t) => {
  const { port } = await startListener(t, ({ exchange }) => { exchange.readBody() })
  const client = await startHttp2Client(t, port)
  client.say(client.headers(1, post, false))
  for (let i = 0; i < 2500; i++) client.say(frame(0, 0, 1))
  await until('the end', () => client.isOver)
  assert.equal(client.goaways[0]?.[1], ENHANCE_YOUR_CALM)
})

test('a field block that names a large entry again and again is cut', async (t) => {
  const { port } = await startListener(t, holds)
  const client = await startHttp2Client(t, port)
  const value = Buffer.alloc(3900, 'a')
  const entry = Buffer.concat([Buffer.from('400178', 'hex'), Buffer.from([0x7f, 0xbd, 0x1d]), value])
  client.say(frame(1, 5, 1, Buffer.concat([entry, Buffer.alloc(10_000, 0xbe)])))
  await until('the end', () => client.isOver)
  assert.equal(client.goaways[0]?.[1], ENHANCE_YOUR_CALM)
  assert.deepEqual(client.stream(1).sections, [[':status', '431', 'content-length', '0']])
})
