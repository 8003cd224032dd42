import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { connect, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { FrameReader, type FrameHandler } from '../../../src/http2/frame-reader.ts'
import { CLIENT_PREFACE } from '../../../src/http2/frame-types.ts'
import { FrameWriter } from '../../../src/http2/frame-writer.ts'
import { HpackDecoder } from '../../../src/http2/hpack/decoder.ts'
import { HpackEncoder } from '../../../src/http2/hpack/encoder.ts'
import { limits } from '../../helpers/frames.ts'

const COUNT = 50

function requestFields (i: number): string[] {
  return [
    ':method', 'GET', ':scheme', 'http', ':path', `/${i}`, ':authority', 'a.example', 'accept', '*/*', 'authorization', `Basic ${i}`,
    'x-same', 'the same each time', 'x-number', String(i % 7), 'x-text', `é~|${'z'.repeat(i * 3)}`
  ]
}

test('node:http2 reads our blocks as what they are, and we read its blocks', async (t) => {
  const seen = new Map<string, string[]>()
  const server = createServer()
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...rest: unknown[]) => {
    // After the flags; the types do not know it.
    seen.set(headers[':path']!, rest[1] as string[])
    const fields = { ':status': 200, 'x-path': headers[':path'], 'x-same': 'the same each time', 'x-text': headers['x-text'] }
    stream.respond(fields, { endStream: true })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.after(() => {
    socket.destroy()
    server.close()
  })

  const decoder = new HpackDecoder({ maxTableSize: 4096, maxFieldsSize: 65_536, maxFields: 100 })
  const answers: string[][] = []
  const reader = new FrameReader('server', limits, new Proxy({} as FrameHandler, {
    get: (_, event) => (__: number, block: Buffer) => {
      if (event === 'onFields') answers.push(decoder.decode(block).raw)
    }
  }))
  const encoder = new HpackEncoder()
  const writer = new FrameWriter()
  writer.raw(CLIENT_PREFACE)
  writer.settings({ enablePush: false })
  for (let i = 0; i < COUNT; i++) writer.fields(2 * i + 1, encoder.encode(requestFields(i)), true, 100)
  socket.write(writer.take())
  for await (const chunk of socket) {
    reader.read(chunk as Buffer)
    if (answers.length === COUNT) break
  }

  for (let i = 0; i < COUNT; i++) {
    assert.deepEqual(seen.get(`/${i}`), requestFields(i))
    const answer = answers.find((raw) => raw.includes(`/${i}`))!
    assert.deepEqual(answer.slice(0, 2), [':status', '200'])
    assert.equal(answer[answer.indexOf('x-same') + 1], 'the same each time')
    assert.equal(answer[answer.indexOf('x-text') + 1], requestFields(i).at(-1))
  }
})
