import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesInCircles, specifiersOf } from './imports.ts'
import { aside, files, floorOf, mayImport, roomOf, violations, type Wall } from './walls.ts'

const walls: Record<Wall, string> = {
  upward: 'imports go down only, types included',
  circles: 'no file imports itself through others, types included',
  nodeHttp: 'only the facade with the adapter for app.inject, the admin listener and ACME know node:http',
  privateMembers: 'no private member of Node is used: they change without a word',
  supervisorPackages: 'the supervisor loads no package: nothing of npm can take it down',
  symbols: 'nothing is hung on objects of others by a symbol'
}

test('every room is on a floor or aside', () => {
  assert.ok(files.length > 150)
  assert.deepEqual(files.map(roomOf).filter((room) => floorOf(room) === -1 && !(room in aside)), [])
})

for (const [wall, name] of Object.entries(walls) as Array<[Wall, string]>) {
  test(name, () => {
    assert.deepEqual(violations[wall], [])
  })
}

test('an import is found in each way to write it', () => {
  const source = `
import a, { type A } from './a.ts'
import type {
  B,
  C
} from './b.ts'
export { d } from './d.ts'
export * from './e.ts'
import './f.ts'
const g = await import('./g.ts')
const from = { from: './not.ts' }
`
  assert.deepEqual(specifiersOf(source), ['./a.ts', './b.ts', './d.ts', './e.ts', './f.ts', './g.ts'])
})

test('an arrow up, an arrow across and a circle are noticed', () => {
  assert.deepEqual([mayImport('base', 'http'), mayImport('checks', 'downstream'), mayImport('services', 'config')], [false, false, false])
  assert.deepEqual([mayImport('http1', 'base'), mayImport('plugins', 'config'), mayImport('client', 'base')], [true, true, true])
  assert.deepEqual(filesInCircles(new Map([['a', ['b']], ['b', ['c', 'd']], ['c', ['a']], ['d', []], ['e', ['e']]])), ['a', 'b', 'c', 'e'])
})
