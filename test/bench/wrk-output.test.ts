import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseWrk } from '../../bench/load/wrk.ts'

const output = `Running 2s test @ http://127.0.0.1:8080/small
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.42ms  812.00us  14.02ms   93.10%
    Req/Sec    42.61k     2.10k   45.01k    75.00%
  Latency Distribution
     50%  810.00us
     75%    1.61ms
     90%    1.92ms
     99%    1.02s
  85040 requests in 2.01s, 20.11MB read
`

test('wrk\'s totals and percentiles are read in one unit', () => {
  assert.deepEqual(parseWrk(output), { requests: 85_040, seconds: 2.01, p50Ms: 0.81, p99Ms: 1020, problems: [] })
})

test('answers that do not count are reported', () => {
  const { problems } = parseWrk(`${output}  Socket errors: connect 0, read 384, write 0, timeout 2\n  Non-2xx or 3xx responses: 7\n`)
  assert.deepEqual(problems, ['7 responses other than 2xx and 3xx', 'socket errors: connect 0, read 384, write 0, timeout 2'])
})
