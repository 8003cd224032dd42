import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { createFileReader } from '../../../src/config/file/read.ts'
import { problemsIn, readOf } from '../../helpers/config-file.ts'
import { fc } from '../../helpers/property.ts'

/** What stands for a variable of the environment. */
function variable (name: string): string {
  return `$\u007b${name}}`
}

test('variables of the environment are filled in after parsing, and cannot add structure', () => {
  const env = { HOST_NAME: 'a.test', EVIL: '}, x: {' }
  const text = `services: { web: { zone: "${variable('EVIL')}", backends: ["http://${variable('HOST_NAME')}:1"] } }`
  assert.deepEqual(readOf(text, { env }).config.services?.['web'], { zone: '}, x: {', backends: ['http://a.test:1'] })
})

test('a value that is one variable can be a number or a truth value', () => {
  const env = { PORT: '3000', VERIFY: 'false', WORD: 'fast' }
  const { config } = readOf(`services: { web: { slowStartMs: "${variable('PORT')}", tls: { verify: "${variable('VERIFY')}" } } }`, { env })
  assert.deepEqual(config.services?.['web'], { slowStartMs: 3000, tls: { verify: false } })
  const problems = problemsIn(`services: { web: { slowStartMs: "${variable('WORD')}" } }`, { env })
  assert.match(problems.join(), /slowStartMs has a value that is not shown, but expected an integer/)
})

test('a variable that is not set is an error, with its place', () => {
  assert.deepEqual(problemsIn(`services:\n  web: { zone: "${variable('ZONE_NAME')}" }\n`), [
    'evenkeel.yaml:2:16: services.web.zone needs the environment variable ZONE_NAME, which is not set'
  ])
})

test('two dollar signs are one', () => {
  assert.equal(readOf(`services: { web: { zone: "$${variable('A')}" } }`).config.services?.['web']?.zone, `${variable('A')}`)
})

test('no message shows a value that came from the environment, or a secret', () => {
  assert.doesNotMatch(problemsIn(`services: { web: { balancer: "${variable('S')}" } }`, { env: { S: 'hush-hush' } }).join(), /hush/)
  assert.doesNotMatch(problemsIn('services: { web: { sticky: { cookie: a, secret: hush-hush } } }').join(), /hush/)
})

test('what is shown of the file has no secrets', () => {
  const text = `services: { web: { sticky: { cookie: a, secret: sixteen-characters }, zone: "${variable('Z')}" } }`
  assert.deepEqual(readOf(text, { env: { Z: 'eu' } }).masked, {
    services: { web: { sticky: { cookie: 'a', secret: '(hidden)' }, zone: `${variable('Z')}` } }
  })
})

const silent = [
  '', '# only a comment\n', '---\n', 'services:\nroutes:\n', '\uFEFFservices: {}\r\nroutes: []\r\n', '{"services":{},"routes":[]}'
]
for (const text of silent) {
  test(`${JSON.stringify(text)} is a file that says nothing`, () => {
    assert.deepEqual(Object.values(readOf(text).config).flatMap((part) => Object.keys(part as object)), [])
  })
}

test('a service of which nothing is said is one', () => {
  assert.deepEqual(readOf('services:\n  search:\n').config, { services: { search: {} } })
})

test('"no" and "on" are texts, as in YAML 1.2', () => {
  assert.equal(readOf('services: { web: { zone: no } }').config.services?.['web']?.zone, 'no')
})

test('anchors can be used', () => {
  const { config } = readOf('services:\n  a: &a { zone: eu }\n  b: *a\n')
  assert.deepEqual(config.services?.['b'], { zone: 'eu' })
})

test('any text is read or refused, with places inside it', () => {
  const read = createFileReader({ strategies: ['random'], env: {}, hasBackendsSetting: false, knowsHttps: true })
  const unit = fc.constantFrom(
    'a', 'services', 'routes', ':', ' ', '\n', '-', '{', '}', '[', ']', '"', '&', '*', '!', '|', '${', '0', '\t'
  )
  const texts = fc.string({ unit, maxLength: 40 })
  fc.assert(fc.property(texts, (text) => {
    const result = read(text)
    if (!('problems' in result)) return
    assert.ok(result.problems.length > 0)
    const lines = text.split('\n')
    for (const { line, column } of result.problems) {
      assert.ok(line >= 1 && line <= lines.length + 1 && column >= 1 && column <= (lines[line - 1] ?? '').length + 2)
    }
  }), { numRuns: 2000 })
})

test('YAML and JSON say the same', () => {
  const names = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)
  const zone = fc.string({ maxLength: 10 }).filter((text) => !text.includes('${'))
  const service = fc.record({ zone, slowStartMs: fc.nat(1000) }, { requiredKeys: [] })
  fc.assert(fc.property(fc.dictionary(names, service), (services) => {
    assert.deepEqual(readOf(stringify({ services })).config, readOf(JSON.stringify({ services })).config)
  }))
})
