import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseEnv } from 'node:util'
import { renderEnvExample, withSettingsTable } from '../helpers/settings-docs.ts'

const root = new URL('../../../', import.meta.url)

function read (name: string): string {
  return readFileSync(new URL(name, root), 'utf8')
}

test('.env.example shows what the schema declares (npm run docs writes it)', () => {
  assert.equal(read('.env.example'), renderEnvExample())
})

test('the table in docs/settings.md shows what the schema declares (npm run docs writes it)', () => {
  const page = read('docs/settings.md')
  assert.equal(page, withSettingsTable(page))
})

test('a copy of .env.example changes nothing', () => {
  assert.deepEqual({ ...parseEnv(renderEnvExample()) }, {})
})
