import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRequest } from '../../bench/origin/request-reader.ts'

const get = 'GET /small HTTP/1.1\r\nHost: a\r\n\r\n'
const post = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello'
const chunked = 'POST /upload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n'

test('a request without a body ends with its head', () => {
  assert.deepEqual(readRequest(Buffer.from(get + get)), { route: 's', bodyBytes: 0, closes: false, length: get.length })
})

test('a connection that is to be closed is seen', () => {
  assert.equal(readRequest(Buffer.from('GET /small HTTP/1.1\r\nConnection: close\r\n\r\n'))?.closes, true)
})

for (const [kind, text] of [['a Content-Length', post], ['chunks', chunked]] as const) {
  test(`a body with ${kind} is counted when it is whole, and not before`, () => {
    for (let length = 0; length < text.length; length += 1) {
      assert.equal(readRequest(Buffer.from(text.slice(0, length))), undefined)
    }
    assert.deepEqual(readRequest(Buffer.from(text + get)), { route: 'u', bodyBytes: 5, closes: false, length: text.length })
  })
}
