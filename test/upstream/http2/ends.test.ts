import assert from 'node:assert/strict'
import { constants } from 'node:http2'
import { test, type TestContext } from 'node:test'
import { FrameWriter } from '../../../src/http2/frame-writer.ts'
import { startRawBackend } from '../../helpers/backend.ts'
import { send } from '../../helpers/client.ts'
import { startAnyGateway } from '../../helpers/any-gateway.ts'
import { startGateway } from '../../helpers/gateway.ts'
import { answer, startHttp2Backend } from '../../helpers/http2-backend.ts'

/** A backend that answers its first request with a part of a body, and then says these frames. */
async function startCutting (t: TestContext, frames: (writer: FrameWriter) => void) {
  let sayRest = (): void => {}
  const { url } = await startRawBackend(t, (socket) => {
    const writer = new FrameWriter()
    writer.settings({})
    socket.write(writer.take())
    let heard = Buffer.alloc(0)
    socket.on('data', (bytes) => {
      const before = heard.includes('/cut')
      heard = Buffer.concat([heard, bytes])
      if (before || heard.length < 200) return
      // :status 200 of the static table
      writer.fields(1, Buffer.from([0x88]), false, 16_384)
      writer.data(1, Buffer.from('half'), false)
      socket.write(writer.take())
    })
    sayRest = () => {
      frames(writer)
      socket.end(writer.take())
    }
  })
  return { url: `${url.replace('http:', 'h2c:')};check=tcp`, sayRest: () => { sayRest() } }
}

for (const [what, frames] of [
  ['a reset with NO_ERROR', (writer: FrameWriter) => { writer.reset(1, constants.NGHTTP2_NO_ERROR) }],
  ['a reset with INTERNAL_ERROR', (writer: FrameWriter) => { writer.reset(1, constants.NGHTTP2_INTERNAL_ERROR) }],
  ['a GOAWAY and the end of the connection', (writer: FrameWriter) => { writer.goaway(1, 0) }],
  ['the end of the connection', () => {}],
  ['fields that are none', (writer: FrameWriter) => { writer.fields(1, Buffer.from([0xff, 0xff, 0xff]), true, 16_384) }],
  ['trailers that do not end it', (writer: FrameWriter) => { writer.fields(1, Buffer.from([0x88]), false, 16_384) }]
] as const) {
  test(`an answer that is cut by ${what} is never whole`, async (t) => {
    const backend = await startCutting(t, frames)
    const { url } = await startAnyGateway(t, { BACKENDS: backend.url })
    const response = await fetch(`${url}/cut`)
    assert.equal(response.status, 200)
    const reader = response.body?.getReader()
    assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), 'half')
    backend.sayRest()
    await assert.rejects(async () => reader?.read())
  })
}

test('a stream that its backend has refused goes to another one for free, also a POST, and is blamed on nobody', async (t) => {
  const refusing = await startHttp2Backend(t, (stream) => { stream.close(constants.NGHTTP2_REFUSED_STREAM) })
  const serving = await startHttp2Backend(t, (stream) => { answer(stream) })
  const { url, app } = await startGateway(t, { BACKENDS: `${refusing.url},${serving.url}`, RETRIES: '0' })
  for (let i = 0; i < 20; i++) assert.equal((await send(url, { method: 'POST', body: 'x' })).status, 200)
  assert.deepEqual([refusing.seen.length, serving.seen.length], [20, 20])
  assert.ok(app.services.backends().every(({ state }) => state === 'healthy'))
})

test('a backend that goes away ends no request: those it has not looked at go over a new connection', async (t) => {
  let count = 0
  const backend = await startHttp2Backend(t, (stream) => {
    if (++count % 7 === 0) stream.session?.goaway(0)
    answer(stream)
  })
  const { url } = await startAnyGateway(t, { BACKENDS: backend.url })
  const answers = await Promise.all(Array.from({ length: 100 }, () => send(url, { method: 'POST', body: 'x' })))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  assert.ok(backend.sessions > 1)
})
