import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { sendBytes } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { until } from '../helpers/until.ts'

const cases = [
  { what: 'as it was sent', head: 'GET / HTTP/1.1\r\nHost: Shop.example:8080', host: 'Shop.example:8080' },
  {
    what: 'of a target in absolute form, as it is forwarded',
    head: 'GET http://shop.example/ HTTP/1.1\r\nHost: other',
    host: 'shop.example'
  },
  { what: 'and is missing where the client named none', head: 'GET / HTTP/1.0', host: undefined },
  { what: 'that is none, of a request that is refused', head: 'GET / HTTP/1.1\r\nHost: a "b"\x9b', host: 'a "b"\x9b' }
]

for (const { what, head, host } of cases) {
  test(`the line has the host ${what}`, async (t) => {
    const log = memoryLog()
    const backend = await startBackend(t, answers('a'))
    const { port } = await startGateway(t, { BACKENDS: backend.url }, { logger: log.logger })
    await sendBytes(port, `${head}\r\nConnection: close\r\n\r\n`)
    const line = await until('the line', () => log.lines('request')[0])
    assert.equal(line['host'], host)
    const sent = backend.requests[0]?.headers.host
    if (sent !== undefined && host !== undefined) assert.equal(sent, host)
  })
}
