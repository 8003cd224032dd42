import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createResponseScanner } from '../../bench/load/response-scanner.ts'

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc'

test('an answer in any two pieces is whole with the second, and the next one is read anew', () => {
  const scanner = createResponseScanner(3)
  for (let length = 1; length < answer.length; length += 1) {
    assert.equal(scanner.isWhole(Buffer.from(answer.slice(0, length))), false)
    assert.equal(scanner.isWhole(Buffer.from(answer.slice(length))), true)
  }
})

test('a wrong status, a wrong length and bytes too many are not taken for an answer', () => {
  assert.throws(() => createResponseScanner(3).isWhole(Buffer.from(answer.replace('200', '502'))), /answered HTTP\/1.1 502/)
  assert.throws(() => createResponseScanner(3).isWhole(Buffer.from(answer.replace(': 3', ': 2'))), /Content-Length 2 instead of 3/)
  assert.throws(() => createResponseScanner(3).isWhole(Buffer.from(`${answer}d`)), /1 bytes after the end/)
})
