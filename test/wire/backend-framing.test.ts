import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../helpers/until.ts'
import { startByteClient } from '../helpers/bytes.ts'
import { assertBecomes502, assertLeftBehind, chunked, ok, requestBroken, startBroken } from '../helpers/raw-backend.ts'
import { assertRefused, attack } from '../helpers/wire.ts'

const length5 = 'Content-Length: 5\r\n'

const heads: Record<string, string> = {
  'a length and chunked': `${ok}${length5}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'chunked and a length': `${ok}Transfer-Encoding: chunked\r\n${length5}\r\n0\r\n\r\n`,
  'two lengths': `${ok}${length5}Content-Length: 6\r\n\r\nhello!`,
  'two lengths in one line': `${ok}Content-Length: 5, 6\r\n\r\nhello!`,
  'a length with a sign': `${ok}Content-Length: +5\r\n\r\nhello`,
  'a negative length': `${ok}Content-Length: -5\r\n\r\nhello`,
  'a hexadecimal length': `${ok}Content-Length: 0x5\r\n\r\nhello`,
  'an empty length': `${ok}Content-Length:\r\n\r\nhello`,
  'a length behind 2^53': `${ok}Content-Length: 9007199254740993\r\n\r\nhello`,
  'a length that wraps to 5 in 64 bits': `${ok}Content-Length: 18446744073709551621\r\n\r\nhello`,
  'chunked that is not last': `${ok}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`,
  'chunked twice': `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'chunked behind a vertical tab': `${ok}Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n`,
  'identity and a length': `${ok}Transfer-Encoding: identity\r\n${length5}\r\nhello`,
  'chunked in HTTP/1.0': 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a space before the colon': `${ok}Content-Length : 5\r\n\r\nhello`,
  'a space before the name': `${ok} Content-Length: 5\r\n\r\nhello`,
  'a folded line': `${ok}X-A: 1\r\n ${length5}\r\nhello`,
  'NUL in a value': `${ok}X-A: a\0b\r\n${length5}\r\nhello`,
  'a bare CR in a value': `${ok}X-A: a\rContent-Length: 6\r\n${length5}\r\nhello`,
  'lines that end with LF': `HTTP/1.1 200 OK\n${length5.replace('\r', '')}\nhello`,
  'one line that ends with LF': `${ok}X-A: a\n${length5}\r\nhello`
}

for (const [name, bytes] of Object.entries(heads)) {
  test(`a head with ${name} becomes 502`, async (t) => {
    await assertBecomes502(t, bytes)
  })
}

const chunks: Record<string, string> = {
  'a size that overflows 64 bits': '10000000000000005\r\nhello\r\n0\r\n\r\n',
  'a size behind 2^53': '20000000000001\r\nhello',
  'a size that is none': 'xyz\r\nhello\r\n0\r\n\r\n',
  'a negative size': '-5\r\nhello\r\n0\r\n\r\n',
  'a size with 0x': '0x5\r\nhello\r\n0\r\n\r\n',
  'an empty size': '\r\nhello\r\n0\r\n\r\n',
  'a space behind the size': '5 \r\nhello\r\n0\r\n\r\n',
  'a size line that ends with LF': '5\nhello\r\n0\r\n\r\n',
  'LF in an extension': '5;a\nhello\r\n0\r\n\r\n',
  'more data than the size says': '5\r\nhello!\r\n0\r\n\r\n',
  'NUL in a trailer': '0\r\nX-A: \0\r\n\r\n',
  'a folded trailer': '0\r\nX-A: a\r\n b\r\n\r\n'
}

for (const [name, bytes] of Object.entries(chunks)) {
  test(`${name} in the first chunk becomes 502`, async (t) => {
    const { backend, gateway } = await startBroken(t, `${chunked}${bytes}`)
    assertRefused(await attack(gateway.port, requestBroken()), 502, backend)
    assert.deepEqual(backend.targets, ['/broken'])
    await assertLeftBehind(backend, gateway)
  })

  test(`${name} in a later chunk cuts the client`, async (t) => {
    const { backend, gateway } = await startBroken(t, `${chunked}5\r\nfirst\r\n`)
    const client = await startByteClient(t, gateway.port, requestBroken())
    await until('the first chunk to arrive', () => client.heard().endsWith('first\r\n'))
    backend.connections[0]?.write(bytes, 'latin1')
    const received = await client.hearsTheEnd()
    assert.match(received, /^HTTP\/1\.1 200 /)
    assert.doesNotMatch(received, /\r\n0\r\n|HTTP\/1\.1 502/)
    assert.deepEqual(backend.targets, ['/broken'])
    await assertLeftBehind(backend, gateway)
  })
}
