import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { answers, answersWith, startBackend } from '../helpers/backend.ts'
import { open, send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'
import { until } from '../helpers/until.ts'

interface Event { readonly id: string | undefined, readonly type: string | undefined, readonly data: Record<string, unknown> }

function eventsOf (stream: IncomingMessage): () => Event[] {
  let text = ''
  stream.setEncoding('utf8').on('data', (piece) => { text += String(piece) })
  stream.on('error', () => {})
  return () => text.split('\n\n').slice(0, -1).map((block) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
    return { id: field('id'), type: field('event'), data: JSON.parse(field('data') ?? '{}') }
  })
}

const isOfRegistry = ({ type }: Event): boolean => type !== 'hello' && type !== 'sample'

test('joins, changes, transitions, drains and leaves are told as they happen', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { adminUrl, app } = await startGateway(t, {})
  const stream = await open(`${adminUrl}/api/events`)
  assert.equal(stream.headers['content-type'], 'text/event-stream')
  const events = eventsOf(stream)
  const headers = { 'content-type': 'application/json' }
  const { id } = JSON.parse(
    (await send(`${adminUrl}/api/backends`, { method: 'POST', headers, body: JSON.stringify({ url: a.url, name: 'a' }) })).body
  )
  await until('the first check', () => app.services.default.get(id)?.health.checked.state === 'healthy')
  await send(`${adminUrl}/api/backends/${id}`, { method: 'PATCH', headers, body: '{"weight":5}' })
  await send(`${adminUrl}/api/backends/${id}`, { method: 'DELETE' })
  await until('the leave', () => events().some(({ type }) => type === 'leave'))
  const told = events()
  assert.equal(told[0]?.type, 'hello')
  assert.deepEqual(told.filter(isOfRegistry).map(({ id, type, data }) => [id, type, data['why'], data['inRotation']]), [
    ['1', 'join', 'registered', 0],
    ['2', 'transition', 'status 200', 1],
    ['3', 'change', 'weight 1 > 5', 1],
    ['4', 'transition', 'deleted', 0],
    ['5', 'leave', 'deleted', 0]
  ])
  stream.destroy()
})

test('who comes back with the id of the last event gets what was missed', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { adminUrl } = await startGateway(t, { BACKENDS: a.url })
  const stream = await open(`${adminUrl}/api/events`, { headers: { 'last-event-id': '1' } })
  const events = eventsOf(stream)
  await until('the missed one', () => events().filter(isOfRegistry).length === 1)
  assert.equal(events().filter(isOfRegistry)[0]?.data['to'], 'healthy')
  stream.destroy()
})

test('a request that failed is told as the event request, without an id', async (t) => {
  const broken = await startBackend(t, answersWith(500))
  const { adminUrl, url } = await startGateway(t, { BACKENDS: broken.url, RETRIES: '0' })
  const stream = await open(`${adminUrl}/api/events`)
  const events = eventsOf(stream)
  await send(`${url}/a?secret=1`)
  await until('the request', () => events().some(({ type }) => type === 'request'))
  const told = events().filter(({ type }) => type === 'request')
  assert.deepEqual(told.map(({ id, data: { number, path, statusCode, kinds, untold } }) => [id, number, path, statusCode, kinds, untold]), [
    [undefined, 1, '/a', 500, ['failed'], 0]
  ])
  stream.destroy()
})

test('the end of the gateway ends the streams', async (t) => {
  const { adminUrl, app } = await startGateway(t, {})
  const stream = await open(`${adminUrl}/api/events`)
  stream.resume().on('error', () => {})
  await app.close()
  await until('the end', () => stream.destroyed || stream.readableEnded)
})

test('the last events can be read at once', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { adminUrl } = await startGateway(t, { BACKENDS: `${a.url};name=a` })
  const list = JSON.parse((await send(`${adminUrl}/api/events/last`)).body) as Array<Record<string, unknown>>
  assert.deepEqual(list.map(({ type, name, to }) => [type, name, to]), [['join', 'a', undefined], ['transition', 'a', 'healthy']])
})
