import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStore } from '../../src/registry/memory-store.ts'
import { changedEntry, newEntry } from '../../src/registry/store.ts'

const a = newEntry({ url: 'http://a', name: 'a', weight: 1 }, 'registered')
const b = newEntry({ url: 'http://b', name: 'b', weight: 1 }, 'configured')

function createWatched () {
  const store = new MemoryStore()
  const told: string[] = []
  const unwatch = store.watch((change) => {
    const { type, entry: { spec, holders } } = change
    told.push(`${type} ${spec.name} ${type === 'renew' ? holders : change.why}`)
  })
  return { store, told, unwatch }
}

test('a store tells of each change, after it has been made', () => {
  const { store, told, unwatch } = createWatched()
  store.watch(({ type, entry }) => { assert.equal(store.get(entry.id), type === 'remove' ? undefined : entry) })
  store.put(a, 'registered')
  store.renew(a.id, { ttlMs: 1000, expiresAt: 1 }, 2)
  store.remove(a.id, 'it left')
  unwatch()
  store.put(b, 'configured')
  assert.deepEqual(told, ['put a registered', 'renew a 2', 'remove a it left'])
})

test('a store knows the order in which backends joined, whatever changed since', () => {
  const { store } = createWatched()
  store.put(a, 'registered')
  store.put(b, 'configured')
  store.put(changedEntry(a, { weight: 5 }), 'operator')
  assert.deepEqual(store.snapshot().map(({ spec }) => [spec.name, spec.weight]), [['a', 5], ['b', 1]])
})

test('a backend that is not there can be neither renewed nor removed', () => {
  const { store, told } = createWatched()
  store.renew(a.id, undefined, 1)
  store.remove(a.id, 'it left')
  assert.deepEqual(told, [])
})

test('what is said again is the same spec, so that nothing is made anew for it', () => {
  assert.equal(changedEntry(a, { name: 'a', weight: 1, healthCheck: {} }).spec, a.spec)
  assert.notEqual(changedEntry(a, { weight: 2 }).spec, a.spec)
})
