import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { groupsOf, testFiles } from '../groups.ts'

/** Seen from dist/test/house/. */
const root = fileURLToPath(new URL('../../../', import.meta.url))

const sources = ['src', 'plugins', 'test', 'bench'].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.includes('node_modules'))
    .map((path) => `${folder}/${path}`))

function read (path: string): string {
  return readFileSync(`${root}${path}`, 'utf8')
}

function hasTests (path: string): boolean {
  return /^import \{[^}]*(?<!type )\btest\b[^}]*\} from 'node:test'/m.test(read(path)) || path.endsWith('.test.ts')
}

/** The files that a script of package.json hands to the runner, as the shell makes them out. */
function filesOf (script: string | undefined): string[] {
  return execFileSync('sh', ['-c', `set -- ${script}; printf '%s\\n' "$@"`], { cwd: root, encoding: 'utf8' }).split('\n')
}

/** A test that is skipped without a word is taken for one that has passed, and `only` and `todo` are for a desk. */
const silences = [
  /\b(test|describe|it|suite)\.(skip|todo|only)\b/,
  /\bt\.todo\(/,
  /\b(only|todo):/,
  /\bt\.skip\((?!\s*['"`][^'"`])/,
  /\bskip: *(?!.*['"`][^'"`])/
]

test('every file with tests is run by npm test, test:real or test:browser, however deep it lies', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  assert.ok(filesOf(scripts['test']).includes('dist/test/run.js'))
  const run = new Set([
    ...groupsOf(testFiles()).flatMap(({ files }) => files).map((file) => `dist/test/${file}`),
    ...['test:real', 'test:browser'].flatMap((name) => filesOf(scripts[name]))
  ])
  const tests = sources.filter(hasTests)
  assert.ok(tests.length > 100)
  assert.deepEqual(tests.filter((path) => !run.has(`dist/${path.replace(/ts$/, 'js')}`)), [])
})

test('the test files of a folder share processes, each file is in one, and those that wait for processes have their own', () => {
  const files = testFiles()
  const groups = groupsOf(files)
  assert.deepEqual(groups.flatMap((group) => group.files).sort(), files)
  assert.equal(new Set(groups.map(({ name }) => name)).size, groups.length)
  const many = Array.from({ length: 25 }, (_, i) => `a/b/${String(i).padStart(2, '0')}.test.js`)
  const spread = groupsOf([...many, 'a/c.test.js', 'process/a.test.js', 'process/b.test.js'])
  assert.deepEqual(spread.map(({ name, files }) => [name, files.length]),
    [['a.b.1', 9], ['a.b.2', 8], ['a.b.3', 8], ['a.1', 1], ['process.a.1', 1], ['process.b.1', 1]])
})

test('no test is skipped without a reason in the report', () => {
  const found = sources.filter((path) => path.startsWith('test/') && path !== 'test/house/tests.test.ts')
    .flatMap((path) => read(path).split('\n').map((line, i) => ({ line, where: `${path}:${i + 1}` })))
    .filter(({ line }) => silences.some((silence) => silence.test(line)))
  assert.deepEqual(found.map(({ where }) => where), [])
})

for (const [line, isSilent] of [
  ["test.skip('x', () => {})", true],
  ["test('x', { skip: true }, () => {})", true],
  ["test('x', { skip: isOld }, () => {})", true],
  ["test('x', { skip: isOld && 'Node.js 20 cannot' }, () => {})", false],
  ['t.skip()', true],
  ["t.skip('')", true],
  ["return t.skip('Node.js 20 cannot')", false],
  ["test('x', { only: true }, () => {})", true]
] as const) {
  test(`${line} ${isSilent ? 'hides a test' : 'gives its reason'}`, () => {
    assert.equal(silences.some((silence) => silence.test(line)), isSilent)
  })
}

/** Ids and ports are random, and hold any three digits now and then. */
const bareStatus = /[(/|]\/?[1-5]\d\d(?:\|.*)?\/\)|\|[1-5]\d\d\/\)|includes\('[1-5]\d\d'\)/

test('no test looks for a status anywhere in an answer', () => {
  const found = sources.filter((path) => path.startsWith('test/') && path !== 'test/house/tests.test.ts')
    .flatMap((path) => read(path).split('\n').map((line, i) => ({ line, where: `${path}:${i + 1}` })))
    .filter(({ line }) => bareStatus.test(line))
  assert.deepEqual(found.map(({ where }) => where), [])
})

for (const [line, isBare] of [
  ['assert.match(answer, /404/)', true],
  ['assert.doesNotMatch(answer, /413|x/)', true],
  ['assert.doesNotMatch(answer, /x|502/)', true],
  ["answer.includes('501')", true],
  ['assert.match(answer, /^HTTP\\/1\\.1 502/)', false],
  ['assert.match(answer, /x|HTTP\\/1\\.1 502/)', false]
] as const) {
  test(`${line} ${isBare ? 'looks for a status anywhere' : 'knows where it looks'}`, () => {
    assert.equal(bareStatus.test(line), isBare)
  })
}
