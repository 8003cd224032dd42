import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { answers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

test('promtool has nothing to say against the metrics', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const { url, adminUrl } = await startGateway(t, { BACKENDS: backend.url })
  await send(url)
  const { body } = await send(`${adminUrl}/metrics`)
  assert.equal(execFileSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' }), '')
})

const fileOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

test('promtool takes the alert rules', () => {
  const rules = fileOf('docs/alerts.yml')
  const count = readFileSync(rules, 'utf8').match(/^ +- alert:/gm)?.length
  assert.match(execFileSync('promtool', ['check', 'rules', rules], { encoding: 'utf8' }), new RegExp(`SUCCESS: ${count} rules found`))
})

test('each alert fires when it should, and only then', () => {
  assert.match(execFileSync('promtool', ['test', 'rules', fileOf('test/real/alerts.test.yml')], { encoding: 'utf8' }), /SUCCESS/)
})
