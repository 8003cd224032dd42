import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
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
  // Those of the process and of Node.js have prom-client's names.
  const own = body.split('\n').filter((line) => /^(# (HELP|TYPE) )?evenkeel_/.test(line)).join('\n')
  assert.equal(execFileSync('promtool', ['check', 'metrics'], { input: `${own}\n`, encoding: 'utf8' }), '')
})

test('promtool takes the alert rules', () => {
  const rules = fileURLToPath(new URL('../../../docs/alerts.yml', import.meta.url))
  assert.match(execFileSync('promtool', ['check', 'rules', rules], { encoding: 'utf8' }), /SUCCESS: 7 rules found/)
})
