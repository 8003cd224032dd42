import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { columns, defaultSort, held, matches, sortBy, sorted, type ColumnKey, type Sort } from '../../src/dashboard/backend-order.ts'
import { rowsOf, type RowModel } from '../../src/dashboard/backend-rows.ts'
import { stateWords } from '../../src/dashboard/words.ts'
import type { Backend, BackendState, Sample } from '../../src/admin/wire.ts'
import { aBackend, aSample } from '../browser/wire-samples.ts'

function idsOf (rows: readonly RowModel[]): string[] {
  return rows.map(({ backend }) => backend.id)
}

function order (backends: readonly Backend[], sort: Sort, samples: readonly Sample[] = []): string {
  return idsOf(sorted(rowsOf(backends, samples, 0), sort)).join(' ')
}

test('what is not healthy comes first, and the rest stays as it is', () => {
  const backends = Array.from({ length: 40 }, (_, i) =>
    aBackend(`b${i}`, { state: i === 17 ? 'drained' : i === 30 ? 'ejected' : i === 39 ? 'unhealthy' : 'healthy' })
  )
  const rest = backends.filter(({ state }) => state === 'healthy').map(({ id }) => id)
  assert.equal(order(backends, defaultSort), ['b39', 'b30', 'b17', ...rest].join(' '))
})

test('no state comes after healthy, and one that this page does not know comes first', () => {
  for (const state of [...Object.keys(stateWords), 'asleep']) {
    if (state !== 'healthy') {
      assert.equal(order([aBackend('b1'), aBackend('b2', { state: state as BackendState })], defaultSort), 'b2 b1', state)
    }
  }
})

test('names are sorted as people count', () => {
  const backends = [aBackend('b10'), aBackend('b9'), aBackend('b1')]
  assert.equal(order(backends, { key: 'name', isDescending: false }), 'b1 b9 b10')
  assert.equal(order(backends, { key: 'name', isDescending: true }), 'b10 b9 b1')
})

test('figures are sorted by their value, and rows without one come last either way', () => {
  const own = (requests: number, p99Ms: number | null) => ({ requests, inFlight: 0, p50Ms: 1, p99Ms })
  const samples = [aSample(1000, { backends: { b1: own(5, 20), b2: own(50, null), b3: own(7, 100) } })]
  const at = new Date(0).toISOString()
  const backends = [
    aBackend('b1', { inFlight: 2, lastCheck: { passed: true, detail: '', durationMs: 1, at: new Date(5).toISOString() } }),
    aBackend('b2', { inFlight: 9, lease: { ttlMs: 1, expiresAt: at } }),
    aBackend('b3', { inFlight: 10, lastCheck: { passed: true, detail: '', durationMs: 1, at } })
  ]
  const both = (key: ColumnKey): string[] => [false, true].map((isDescending) => order(backends, { key, isDescending }, samples))
  assert.deepEqual(both('requests'), ['b1 b3 b2', 'b2 b3 b1'])
  assert.deepEqual(both('share'), ['b1 b3 b2', 'b2 b3 b1'])
  assert.deepEqual(both('inFlight'), ['b1 b2 b3', 'b3 b2 b1'])
  assert.deepEqual(both('latency'), ['b1 b3 b2', 'b3 b1 b2'])
  assert.deepEqual(both('check'), ['b3 b1 b2', 'b1 b3 b2'])
  assert.deepEqual(both('lease'), ['b2 b1 b3', 'b2 b1 b3'])
})

test('a column that is chosen twice turns its order round', () => {
  const once = sortBy('requests', defaultSort)
  assert.deepEqual([once, sortBy('requests', once)], [{ key: 'requests', isDescending: true }, { key: 'requests', isDescending: false }])
})

test('rows that are held stay where they are, and new ones go to the end', () => {
  const rows = rowsOf([aBackend('b3'), aBackend('b1'), aBackend('b4'), aBackend('b2')], [], 0)
  assert.deepEqual(idsOf(held(rows, ['b1', 'gone', 'b2', 'b3'])), ['b1', 'b2', 'b3', 'b4'])
})

test('the filter finds by name, url, zone and state, and all of its words must be found', () => {
  const backend = aBackend('b7', { name: 'orders-7', url: 'http://10.0.0.7:3000', zone: 'eu-1', state: 'unhealthy' })
  for (const text of ['', '  ', 'ORDERS', '0.7:30', 'eu', 'unhealthy', 'orders eu-1', 'Unhealthy orders']) {
    assert.equal(matches(backend, text), true, text)
  }
  for (const text of ['payments', 'healthy', 'orders us', 'backup']) assert.equal(matches(backend, text), false, text)
  assert.equal(matches(aBackend('b1', { backup: true }), 'backup'), true)
  assert.equal(matches(aBackend('b1'), 'healthy'), true)
})

test('each column that rows can be sorted by has its heading in the page', () => {
  const html = readFileSync(join(import.meta.dirname, '../../src/dashboard/index.html'), 'utf8')
  assert.deepEqual([...html.matchAll(/data-sort="(\w+)"/g)].map(([, key]) => key), Object.keys(columns))
})
