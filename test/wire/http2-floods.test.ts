import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { test, type TestContext } from 'node:test'
import { CANCEL } from '../../src/http2/errors.ts'
import { startAnyGateway, type AnyGateway } from '../helpers/any-gateway.ts'
import { startBackend } from '../helpers/backend.ts'
import { frame } from '../helpers/frames.ts'
import { startHttp2Client } from '../helpers/http2-client.ts'
import { settled, until } from '../helpers/until.ts'

/** GET /held of host h by http, whose backend never answers. Nothing of it goes into a table, so that it can be said again. */
const held = '8286' + '04052f68656c64' + '0f0a0168'
const CANCELLED = '00000008'

type Frames = (streamId: number) => Buffer[]

const floods: ReadonlyArray<readonly [what: string, before: Frames, frames: Frames]> = [
  ['rapid resets', () => [], (id) => [frame(1, 5, id, held), frame(3, 0, id, CANCELLED)]],
  ['resets for windows of 0', () => [], (id) => [frame(1, 5, id, held), frame(8, 0, id, '00000000')]],
  ['resets for windows that overflow', () => [], (id) => [frame(1, 5, id, held), frame(8, 0, id, '7fffffff')]],
  ['resets for DATA after the end', () => [], (id) => [frame(1, 5, id, held), frame(0, 1, id, '61')]],
  ['resets for fields after the end', () => [], (id) => [frame(1, 5, id, held), frame(1, 5, id, held)]],
  ['resets for PRIORITY on itself', () => [], (id) => [frame(1, 5, id, held), priorityOnItself(id)]],
  ['resets for PRIORITY of another length', () => [], (id) => [frame(1, 5, id, held), frame(2, 0, id, '00')]],
  ['resets for more DATA than announced', () => [], (id) => [frame(1, 4, id, `${held}0f0d0131`), frame(0, 1, id, '6162')]],
  ['streams beyond the limit', () => [], (id) => [frame(1, 5, id, held)]],
  ['CONTINUATION', () => [frame(1, 1, 1, held)], () => [frame(9, 0, 1)]],
  ['SETTINGS', () => [], () => [frame(4, 0, 0, '000400000001000400010000')]],
  ['PING', () => [], () => [frame(6, 0, 0, '00'.repeat(8))]],
  ['empty DATA', () => [frame(1, 4, 1, held)], () => [frame(0, 0, 1)]],
  ['WINDOW_UPDATE', () => [frame(1, 5, 1, held)], () => [frame(8, 0, 1, '00000001')]],
  ['PRIORITY', () => [], () => [frame(2, 0, 1, '0000000010')]],
  ['references to a large field', () => [], (id) => [frame(1, 5, id, largeFieldAgainAndAgain)]]
]

const largeFieldAgainAndAgain = Buffer.concat([Buffer.from('4001787fbd1d', 'hex'), Buffer.alloc(3900, 'a'), Buffer.alloc(10_000, 0xbe)])

function priorityOnItself (streamId: number): Buffer {
  const payload = Buffer.alloc(5, 0xff)
  payload.writeUInt32BE(streamId)
  return frame(2, 0, streamId, payload)
}

async function startTarget (t: TestContext, settings: Record<string, string> = {}): Promise<AnyGateway> {
  const backend = await startBackend(t, (req, res) => {
    if (req.url === '/large') res.end(Buffer.alloc(1_000_000))
    else if (req.url !== '/held') res.end('served')
  })
  return startAnyGateway(t, { BACKENDS: backend.url, ...settings })
}

/** Another client, which asks again and again. Returns what ends that, and resolves with how many requests were served: all. */
function startOther (t: TestContext, { url }: AnyGateway): () => Promise<number> {
  const session = connect(url)
  t.after(() => { session.destroy() })
  const enough = new AbortController()
  let served = 0
  const run = async (): Promise<number> => {
    while (!enough.signal.aborted || served < 10) {
      const stream = session.request({ ':path': '/' })
      let body = ''
      stream.on('data', (piece) => { body += String(piece) })
      await once(stream, 'close')
      assert.deepEqual([body, stream.rstCode], ['served', 0])
      served++
    }
    return served
  }
  const running = run()
  running.catch(() => {})
  return () => {
    enough.abort()
    return running
  }
}

for (const [what, before, frames] of floods) {
  test(`a flood of ${what} is cut, and other clients are served`, async (t) => {
    const gateway = await startTarget(t)
    const served = startOther(t, gateway)
    const client = await startHttp2Client(t, gateway.port, ...before(1))
    for (let id = 3; !client.isOver && id < 200_000;) {
      const some = Array.from({ length: 50 }, (_, i) => frames(id + 2 * i)).flat()
      id += 100
      client.say(...some)
      await settled()
    }
    await until('the end', () => client.isOver)
    // A client that goes on sending may not hear why.
    assert.equal((await gateway.counts()).floods, 1)
    assert.ok(await served() >= 10)
    await until('the requests to be over', async () => {
      const { inFlight, exchanges } = await gateway.counts()
      return inFlight === 0 && exchanges === 0
    })
  })
}

test('responses whose client opens no window are reset after BODY_IDLE_TIMEOUT_MS, and other clients are served', async (t) => {
  const gateway = await startTarget(t, { BODY_IDLE_TIMEOUT_MS: '300' })
  const served = startOther(t, gateway)
  const client = await startHttp2Client(t, gateway.port, frame(4, 0, 0, '000400000001'))
  const large = [':method', 'GET', ':scheme', 'http', ':path', '/large', ':authority', 'h']
  client.say(...Array.from({ length: 100 }, (_, i) => client.headers(2 * i + 1, large)))
  for (let id = 1; id < 200; id += 2) assert.equal(await client.reset(id), CANCEL)
  assert.equal(client.stream(1).body.length, 1)
  assert.ok(await served() >= 10)
  assert.equal((await gateway.counts()).inFlight, 0)
})

test('a client that reads nothing of its responses is cut after BODY_IDLE_TIMEOUT_MS, and other clients are served', async (t) => {
  const gateway = await startTarget(t, { BODY_IDLE_TIMEOUT_MS: '300' })
  const served = startOther(t, gateway)
  const client = await startHttp2Client(t, gateway.port, frame(4, 0, 0, '00047fffffff'), frame(8, 0, 0, '7fff0000'))
  client.socket.pause()
  const large = [':method', 'GET', ':scheme', 'http', ':path', '/large', ':authority', 'h']
  client.say(...Array.from({ length: 100 }, (_, i) => client.headers(2 * i + 1, large)))
  await until('the requests', async () => (await gateway.counts()).busy === 2)
  await until('the end', async () => (await gateway.counts()).connections === 1)
  assert.ok(await served() >= 10)
  await until('the requests to be over', async () => (await gateway.counts()).inFlight === 0)
})
