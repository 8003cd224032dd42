import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { startGateway } from '../helpers/gateway.ts'
import { shop } from '../helpers/server-certificates.ts'
import { temporaryFolder } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'
import { aWorker, withWorkers } from '../helpers/workers.ts'

for (const file of ['grafana.json', 'alerts.yml']) {
  test(`docs/${file} asks for metrics that there are`, async (t) => {
    const [gone, a] = [await startBackend(t, answers('gone')), await startBackend(t, answers('a'))]
    const folder = await temporaryFolder()
    for (const [ending, text] of [['crt', shop.chain], ['key', shop.key]] as const) writeFileSync(join(folder, `shop.${ending}`), text)
    const { app, url, adminUrl } = await startWithFile(t, `
services: { web: { backends: ["${gone.url}", "${a.url}"] }, found: { discover: { dns: localhost, port: 1 } } }
routes: [{ name: web, split: { web: 1, found: 0 } }]
`, { TLS_PORT: '0', TLS_CERTIFICATES: folder }, { plugins: [withWorkers(aWorker)] })
    app.tls?.server.failures.set('timeout', 1)
    await gone.die()
    for (let i = 0; i < 2; i++) await send(url)
    const text = readFileSync(new URL(`../../../docs/${file}`, import.meta.url), 'utf8')
    const asked = new Set(text.match(/(?<![a-z0-9_])(?:evenkeel|nodejs|process)_[a-z0-9_]+/g))
    assert.ok(asked.size >= 5)
    await until('all of them', async () => {
      const { body } = await send(`${adminUrl}/metrics`)
      return [...asked].every((name) => new RegExp(`^${name}[{ ]`, 'm').test(body))
    })
  })
}

test('docs/metrics.md lists the metrics that there are, all of them', async (t) => {
  const { adminUrl } = await startGateway(t, {})
  const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')
  const listed = page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((row) => row.split('|')[1]?.match(/evenkeel_[a-z0-9_]+/g) ?? [])
  const { body } = await send(`${adminUrl}/metrics`)
  const served = [...body.matchAll(/^# TYPE (evenkeel_[a-z0-9_]+) /gm)].map(([, name]) => name)
  assert.ok(served.length >= 15)
  assert.deepEqual(listed.sort(), served.sort())
})
