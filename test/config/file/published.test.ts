import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { renderFileSchema, withKeyTables } from '../../helpers/file-docs.ts'

function read (name: string): string {
  return readFileSync(new URL(`../../../../${name}`, import.meta.url), 'utf8')
}

test('schema.json is what the gateway goes by (npm run docs writes it)', () => {
  assert.equal(read('schema.json'), renderFileSchema())
})

test('the tables of keys in docs/routing.md show what the schema declares (npm run docs writes them)', () => {
  const page = read('docs/routing.md')
  assert.equal(page, withKeyTables(page))
})

/** A dollar sign before a brace, which a linter takes for a template that was forgotten. */
function variable (name: string): string {
  return `$${`{${name}}`}`
}

const isValid = new Ajv({ strictTypes: false }).compile(JSON.parse(renderFileSchema()) as object)

for (const [what, text, expected] of [
  ['a whole file', 'services: { a: { backends: [http://a], healthCheck: { fall: 2 } } }\nroutes: [{ host: a.test, service: a }]', true],
  ['values of the environment', `services: { a: { slowStartMs: "${variable('MS')}", tls: { verify: "${variable('VERIFY')}" } } }`, true],
  ['a misspelt key', 'routes: [{ paht: /a, service: a }]', false],
  ['a wrong type', 'services: { a: { slowStartMs: fast } }', false]
] as const) {
  test(`an editor that goes by it ${expected ? 'takes' : 'marks'} ${what}`, () => {
    assert.equal(isValid(parse(text)), expected)
  })
}
