import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import multipart from '@fastify/multipart'
import type { FastifyInstance } from 'fastify'
import { startByteClient } from '../../helpers/bytes.ts'
import { echoes } from '../../helpers/backend.ts'
import { send } from '../../helpers/client.ts'
import { standstill, until } from '../../helpers/until.ts'
import { startWithPlugin } from './start.ts'

const file = randomBytes(5 * 1024 * 1024)

function hashOf (bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function form (): FormData {
  const form = new FormData()
  form.set('note', 'a word')
  form.set('upload', new Blob([file]), 'file.bin')
  return form
}

/** `/own` answers with what it has read of the form, part by part. */
async function addMultipart (app: FastifyInstance): Promise<void> {
  await app.register(multipart, { limits: { fileSize: 6 * 1024 * 1024 } })
  app.post('/own', { bodyLimit: 20 * 1024 * 1024 }, async (request) => {
    const parts: Record<string, unknown> = {}
    for await (const part of request.parts()) {
      if (part.type === 'field') parts[part.fieldname] = part.value
      else parts[part.fieldname] = [part.filename, hashOf(await part.toBuffer())]
    }
    return parts
  })
}

test('@fastify/multipart takes an upload of 5 MiB to an own route while others are forwarded', async (t) => {
  const { url, backend } = await startWithPlugin(t, echoes, addMultipart)
  const forwarded = Array.from({ length: 50 }, async (_, i) => (await send(`${url}/${i}`, { method: 'POST', body: `body ${i}` })).body)
  const response = await fetch(`${url}/own`, { method: 'POST', body: form() })
  assert.deepEqual(await response.json(), { note: 'a word', upload: ['file.bin', hashOf(file)] })
  assert.deepEqual(await Promise.all(forwarded), Array.from({ length: 50 }, (_, i) => `body ${i}`))
  assert.equal(backend.requests.length, 50)
})

test('with @fastify/multipart an upload that is forwarded arrives byte for byte', async (t) => {
  const { url, backend } = await startWithPlugin(t, echoes, addMultipart)
  const request = new Request(`${url}/theirs`, { method: 'POST', body: form() })
  const sent = new Uint8Array(await request.clone().arrayBuffer())
  const response = await fetch(request)
  assert.equal(hashOf(new Uint8Array(await response.arrayBuffer())), hashOf(sent))
  assert.equal(backend.requests[0]?.headers['content-type'], request.headers.get('content-type'))
})

test('an upload beyond the limit of @fastify/multipart is answered with 413', async (t) => {
  const { url } = await startWithPlugin(t, echoes, addMultipart)
  const body = new FormData()
  body.set('upload', new Blob([file, file]), 'file.bin')
  const response = await fetch(`${url}/own`, { method: 'POST', body })
  assert.deepEqual([response.status, ((await response.json()) as { code: string }).code], [413, 'FST_REQ_FILE_TOO_LARGE'])
})

test('an upload that its own route does not read waits at its client', async (t) => {
  let go: (() => void) | undefined
  const { app, port } = await startWithPlugin(t, echoes, async (app) => {
    await app.register(multipart, { limits: { fileSize: 100 * 1024 * 1024 } })
    app.post('/own', async (request) => {
      const part = await request.file() ?? assert.fail()
      await new Promise<void>((resolve) => { go = resolve })
      let length = 0
      for await (const bytes of part.file) length += (bytes as Buffer).length
      return `${length} bytes`
    })
  })
  let connection: Socket | undefined
  app.server.on('connection', (socket: Socket) => { connection = socket })
  const size = 64 * 1024 * 1024
  const opening = '--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
  const closing = '\r\n--b--\r\n'
  const client = await startByteClient(t, port, 'POST /own HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\n' +
    `Content-Length: ${opening.length + size + closing.length}\r\n\r\n${opening}`)
  client.socket.write(Buffer.alloc(size))
  client.say(closing)
  await until('the route to be there', () => go)
  await standstill(() => connection?.bytesRead ?? 0)
  assert.ok((connection?.bytesRead ?? Infinity) < 4 * 1024 * 1024, `${connection?.bytesRead} bytes were read`)
  go?.()
  await client.hears(`${size} bytes`)
})

test('a client that leaves in the middle of an upload makes its route fail, and nobody else', async (t) => {
  let failure: unknown
  const { url, port } = await startWithPlugin(t, echoes, async (app) => {
    await app.register(multipart)
    app.post('/own', async (request) => {
      try {
        for await (const part of request.parts()) if (part.type === 'file') await part.toBuffer()
      } catch (error) {
        failure = error
      }
      return 'nobody is there'
    })
  })
  const client = await startByteClient(t, port, 'POST /own HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\n' +
    'Content-Length: 100000\r\n\r\n--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nhalf')
  // Its last bytes are read before the reset is: the route is at work then.
  await until('the head to be read', async () => (await send(`${url}/next`, { method: 'POST', body: 'a' })).body === 'a')
  client.socket.resetAndDestroy()
  assert.ok(await until('the route to fail', () => failure) instanceof Error)
  assert.equal((await send(`${url}/next`, { method: 'POST', body: 'a' })).body, 'a')
})
