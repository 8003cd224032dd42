import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseH2load } from '../../bench/load/h2load.ts'

const output = `starting benchmark...
TLS Protocol: TLSv1.3
Cipher: TLS_AES_256_GCM_SHA384
Application protocol: h2
progress: 100% of clients started

finished in 1.50s, 24578.00 req/s, 3.42MB/s
requests: 36867 total, 36931 started, 36867 done, 36867 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 36912 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 5.13MB (5378441) total, 1.00MB (1049984) headers (space savings 88.00%), 3.51MB (3686700) data
`

test('h2load\'s totals are read, though more responses began than ended in time', () => {
  assert.deepEqual(parseH2load(output, 'h2'), { requests: 36_867, seconds: 1.5, p50Ms: NaN, p99Ms: NaN, problems: [] })
})

test('requests that failed, other statuses and another protocol are reported', () => {
  const text = output
    .replace('36867 succeeded, 0 failed, 0 errored, 0 timeout', '36860 succeeded, 7 failed, 5 errored, 2 timeout')
    .replace('36912 2xx, 0 3xx, 0 4xx, 0 5xx', '36905 2xx, 0 3xx, 1 4xx, 6 5xx')
  const { requests, problems } = parseH2load(text, 'http/1.1')
  assert.equal(requests, 36_860)
  assert.deepEqual(problems, [
    '7 requests failed, 5 of them by errors, 2 by timeouts', '7 responses other than 2xx', 'spoke h2 instead of http/1.1'
  ])
})

test('an output without totals is an error that shows it', () => {
  assert.throws(() => parseH2load('could not connect', 'h2'), /could not connect/)
})
