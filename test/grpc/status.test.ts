import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headerChanges, withTimeout } from '../../src/forwarding/head-edits.ts'
import { GrpcCall } from '../../src/grpc/call.ts'
import { encodedMessage, isBackendError, statusForHttp, statusIn } from '../../src/grpc/status.ts'
import { readTimeout, timeoutOf } from '../../src/grpc/timeout.ts'
import { Fields } from '../../src/http/fields.ts'

test('a grpc-timeout is read by its unit, rounded up to ms', () => {
  const read = ['2H', '3M', '4S', '5m', '1500u', '1n', '0S', '99999999H'].map(readTimeout)
  assert.deepEqual(read, [7_200_000, 180_000, 4000, 5, 2, 1, 0, 359_999_996_400_000])
})

test('a grpc-timeout that is malformed is none', () => {
  const malformed = [undefined, '', 'S', '5', '5s', '-1S', '1.5S', '123456789S', '5S ', '1S, 1S']
  for (const value of malformed) assert.equal(readTimeout(value), undefined)
})

test('what is left is said in eight digits', () => {
  const left = [0.2, 1500, 99_999_999, 100_000_000, 1e11, 1e13]
  assert.deepEqual(left.map(timeoutOf), ['1m', '1500m', '99999999m', '100000S', '1666667M', '2777778H'])
})

test('statuses are read, mapped and judged', () => {
  assert.deepEqual(['0', '14', '99', 'x'].map((value) => statusIn(Fields.from(['Grpc-Status', value]))), [0, 14, 99, 2])
  assert.equal(statusIn(Fields.none), undefined)
  const http = [400, 401, 403, 404, 413, 429, 500, 502, 503, 504, 421]
  assert.deepEqual(http.map(statusForHttp), [13, 16, 7, 12, 8, 8, 13, 14, 14, 14, 2])
  const faults = Array.from({ length: 18 }, (_, status) => status).filter(isBackendError)
  assert.deepEqual(faults, [2, 13, 14, 15])
})

test('a message is percent-encoded', () => {
  assert.equal(encodedMessage('100 % of "größe"\n'), '100 %25 of "gr%C3%B6%C3%9Fe"%0A')
})

test('a backend is told what is left of the time, unless the route has a word on it', () => {
  const call = new GrpcCall(5000)
  const left = [0, 0.9, 1, 1999.5, 6000].map((elapsedMs) => call.timeoutAfter(elapsedMs))
  assert.deepEqual(left, [undefined, undefined, '4999m', '3001m', '1m'])
  assert.equal(new GrpcCall(undefined).timeoutAfter(10), undefined)
  const request = headerChanges({ 'grpc-timeout': '1S' })
  const ofRoute = { path: undefined, host: undefined, request, response: undefined }
  assert.equal(withTimeout(ofRoute, '4999m'), ofRoute)
  assert.equal(withTimeout(undefined, undefined), undefined)
  assert.deepEqual(withTimeout(undefined, '4999m')?.request, { dropped: new Set(['grpc-timeout']), lines: 'grpc-timeout: 4999m\r\n' })
})
