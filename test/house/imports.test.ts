import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesIn, filesInCircles, importsOf, read, specifiersOf } from './imports.ts'
import { pending } from './pending.ts'

/** The floors of docs/architecture.md, top to bottom: each room may import from every floor below its own, and from no other. */
const floors = [
  ['programs'],
  ['plugins'],
  ['admin', 'observe'],
  ['forwarding'],
  ['checks', 'downstream', 'routing'],
  ['upstream'],
  ['services'],
  ['balancing'],
  ['registry'],
  ['backends'],
  ['http1'],
  ['errors'],
  ['http'],
  ['base']
]

/** Rooms off the stairs: what each may import. Only plugins and programs import these. */
const aside: Record<string, string[]> = {
  config: ['base'],
  'plugin-files': ['config', 'base'],
  client: ['base'],
  demo: ['base'],
  dashboard: ['admin']
}

/** The files of src/ itself that plugins or rooms import; all others there are programs, or what these are made of. */
const roomsOfOneFile = ['errors', 'plugin-files']

const files = filesIn('src', 'plugins')
const sources = files.filter((file) => file.startsWith('src/'))
const imports = importsOf(files)

function roomOf (file: string): string {
  const [folder, room = '', ...rest] = file.split('/')
  if (folder === 'plugins') return 'plugins'
  if (rest.length > 0) return room
  const name = room.replace(/\.ts$/, '')
  return roomsOfOneFile.includes(name) ? name : 'programs'
}

function floorOf (room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room))
}

function mayImport (from: string, to: string): boolean {
  if (from === to || from === 'programs') return true
  const allowed = aside[from]
  if (allowed !== undefined) return allowed.includes(to)
  if (to in aside) return from === 'plugins'
  return floorOf(to) > floorOf(from)
}

/** Each known violation must still occur: whoever mends one takes it off the list. */
function assertOnly (found: readonly string[], known: readonly string[]): void {
  assert.deepEqual([...new Set(found)].sort(), [...known].sort())
}

/** The files with something that matches, comments left aside. */
function filesWith (pattern: RegExp, among: readonly string[]): string[] {
  return among.filter((file) => pattern.test(read(file).replace(/\/\*[^]*?\*\/|(?<!:)\/\/.*$/gm, '')))
}

test('every room is on a floor or aside', () => {
  assert.ok(files.length > 150)
  assert.deepEqual(files.map(roomOf).filter((room) => floorOf(room) === -1 && !(room in aside)), [])
})

test('imports go down only, types included', () => {
  const upward = [...imports].flatMap(([file, targets]) => targets
    .filter((target) => !mayImport(roomOf(file), roomOf(target)))
    .map((target) => `${file} -> ${target}`))
  assertOnly(upward, pending.upward)
})

test('no file imports itself through others, types included', () => {
  assertOnly(filesInCircles(imports), pending.circles)
})

test('only the adapter for app.inject and the admin listener know node:http; demo backends and the client run elsewhere', () => {
  const allowed = /^src\/(?:downstream\/node-exchange\.ts|(?:admin|demo|client)\/)/
  const knowing = sources.filter((file) => specifiersOf(read(file)).some((specifier) => /^node:https?$/.test(specifier)))
  assertOnly(knowing.filter((file) => !allowed.test(file)), pending.nodeHttp)
})

test('no private member of Node is used: they change without a word', () => {
  assertOnly(filesWith(/\._[a-z]|\['_[a-z]|process\.binding/, files), pending.privateMembers)
})

test('nothing is hung on objects of others by a symbol', () => {
  assertOnly(filesWith(/\bSymbol\(/, files), pending.symbols)
})

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
