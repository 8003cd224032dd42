import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { FakeClock } from '../helpers/clock.ts'
import { startGateway, type TestGateway } from '../helpers/gateway.ts'
import { startHttp2Backend, type Http2Backend } from '../helpers/http2-backend.ts'
import { post, startHttp2Client, type Http2Client } from '../helpers/http2-client.ts'
import { memoryLog, type MemoryLog } from '../helpers/log.ts'
import { until } from '../helpers/until.ts'

const CANCEL = 8

interface Started {
  readonly gateway: TestGateway
  readonly backend: Http2Backend
  readonly client: Http2Client
  readonly clock: FakeClock
  readonly log: MemoryLog
  /** Codes of RST_STREAM that the backend got. */
  readonly resets: number[]
}

const headers = { ':status': 200, 'content-type': 'application/grpc' }

/** A backend whose answer is said by the path: `/silent`, `/begins`, `/fails/CODE` without a message, or `/ends/CODE` with one before. */
async function start (t: TestContext, settings: Record<string, string> = {}): Promise<Started> {
  const clock = new FakeClock()
  const log = memoryLog()
  const resets: number[] = []
  const backend = await startHttp2Backend(t, (stream, { ':path': path = '' }) => {
    stream.on('close', () => { resets.push(stream.rstCode) })
    const [, what, code = ''] = path.split('/')
    if (what === 'silent') return
    if (what === 'fails') return stream.respond({ ...headers, 'grpc-status': code }, { endStream: true })
    stream.respond(headers, { waitForTrailers: what === 'ends' })
    stream.write('\0\0\0\0\0')
    if (what !== 'ends') return
    stream.on('wantTrailers', () => { stream.sendTrailers({ 'grpc-status': code }) })
    stream.end()
  })
  const BACKENDS = `${backend.url},${backend.url.replace('127.0.0.1', 'localhost')}`
  const gateway = await startGateway(t, { BACKENDS, ...settings }, { clock, logger: log.logger })
  return { gateway, backend, client: await startHttp2Client(t, gateway.port), clock, log, resets }
}

function call (path: string, ...more: string[]): string[] {
  return [...post, 'content-type', 'application/grpc+proto', 'te', 'trailers', ...more].with(5, path)
}

function field (section: readonly string[] | undefined, name: string): string | undefined {
  const index = section?.findIndex((each, i) => i % 2 === 0 && each === name) ?? -1
  return index === -1 ? undefined : section?.[index + 1]
}

test('a call ends with DEADLINE_EXCEEDED when its grpc-timeout has passed, by a reset where it has begun', async (t) => {
  const { client, backend, clock, log, resets } = await start(t)
  client.say(client.headers(1, call('/silent', 'grpc-timeout', '9S')), client.headers(3, call('/begins', 'grpc-timeout', '9S')))
  await until('both at the backend', () => backend.seen.length === 2 && client.stream(3).body !== '')
  assert.deepEqual(backend.seen.map((seen) => seen['grpc-timeout']), ['9S', '9S'])
  clock.advance(8999)
  await client.isRead()
  assert.deepEqual([client.stream(1).sections.length, client.stream(3).resetCode], [0, undefined])
  clock.advance(1)
  const { sections: [head, ...rest], body } = await client.answer(1)
  const said = [':status', 'content-type', 'grpc-status', 'grpc-message'].map((name) => field(head, name))
  assert.deepEqual(said, ['200', 'application/grpc', '4', 'The deadline of the call has passed'])
  assert.deepEqual([rest, body], [[], ''])
  assert.equal(await client.reset(3), CANCEL)
  await until('the backend to be told', () => resets.length === 2)
  assert.deepEqual(resets, [CANCEL, CANCEL])
  await until('two lines', () => log.lines('request').length === 2)
  assert.deepEqual(log.lines('request').map(({ statusCode, grpcStatus, outcome }) => [statusCode, grpcStatus, outcome]), [
    [200, 4, 'client-abort'], [200, 4, 'client-abort']
  ])
})

test('without grpc-timeout a call may be silent for hours; other requests may not', async (t) => {
  const { client, backend, clock } = await start(t, { RESPONSE_TIMEOUT_MS: '1000', BODY_IDLE_TIMEOUT_MS: '1000' })
  client.say(client.headers(1, call('/silent')), client.headers(3, call('/begins', 'grpc-timeout', 'soon')))
  client.say(client.headers(5, call('/silent').with(7, 'h').with(9, 'application/grpc-web')))
  await until('all at the backend', () => backend.seen.length === 3 && client.stream(3).body !== '')
  await clock.letPass(1000)
  assert.equal(field((await client.answer(5)).sections[0], ':status'), '504')
  assert.deepEqual([client.stream(1).sections.length, client.stream(3).resetCode], [0, undefined])
})

test('the gateway answers calls with a status of gRPC, and names it in the log and the metrics', async (t) => {
  const { client, gateway, log } = await start(t, { BACKENDS: '', MAX_BODY_BYTES: '3' })
  client.say(client.headers(1, call('/a')), client.headers(3, call('/a', 'content-length', '4'), false))
  client.say(client.headers(5, [...post, 'content-type', 'text/plain']))
  const [unavailable, tooLarge, plain] = [await client.answer(1), await client.answer(3), await client.answer(5)]
  assert.deepEqual([unavailable, tooLarge, plain].map(({ sections: [head] }) => [field(head, ':status'), field(head, 'grpc-status')]), [
    ['200', '14'], ['200', '8'], ['503', undefined]
  ])
  assert.equal(unavailable.body, '')
  const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text()
  assert.match(metrics, /^evenkeel_grpc_responses_total\{service="default",code="14"\} 1$/m)
  assert.match(metrics, /^evenkeel_grpc_responses_total\{service="none",code="8"\} 1$/m)
  assert.deepEqual(log.lines('request').map(({ grpcStatus }) => grpcStatus).sort(), [14, 8, undefined])
})

for (const how of ['fails', 'ends']) {
  test(`calls that a backend ${how} with UNAVAILABLE count as a 5xx does; those with NOT_FOUND do not`, async (t) => {
    const { client, gateway, log } = await start(t, { OUTLIER_FAILURES: '2', BALANCER: 'round-robin' })
    const [first] = gateway.app.services.default.backends()
    let streamId = -1
    for (const code of [5, 5, 5, 5, 14, 5, 14, 5]) {
      client.say(client.headers(streamId += 2, call(`/${how}/${code}`)))
      assert.equal(field((await client.answer(streamId)).sections.at(-1), 'grpc-status'), String(code))
    }
    assert.deepEqual(log.lines('request').map(({ grpcStatus }) => grpcStatus), [5, 5, 5, 5, 14, 5, 14, 5])
    assert.match(String(first?.entered.why), /^2 failures in a row, last: grpc-status 14$/)
  })
}
