import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { listen, refusedUrl } from '../helpers/backend.ts'
import { isRunning, spawnServer } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

for (const name of ['PORT', 'ADMIN_PORT']) {
  test(`${name} that is taken: exit code 1 and one line that names it`, async (t) => {
    const other = createServer()
    const port = await listen(other)
    t.after(() => { other.close() })
    const server = spawnServer(t, { NODE_ENV: 'production', [name]: String(port) })
    assert.deepEqual(await server.exited, { code: 1, signal: null })
    assert.equal(server.stderr(), `evenkeel: 127.0.0.1:${port} is in use by another process; set PORT, TLS_PORT or ADMIN_PORT\n`)
  })
}

test('a port that is taken leaves no demo backend behind', async (t) => {
  const other = createServer()
  const port = await listen(other)
  t.after(() => { other.close() })
  const server = spawnServer(t, { PORT: String(port) })
  assert.deepEqual(await server.exited, { code: 1, signal: null })
  const pids = server.lines().flatMap(({ msg }) => /^demo backend .* pid (\d+)$/.exec(msg)?.[1] ?? []).map(Number)
  assert.equal(pids.length, 3)
  await until('the demo backends to end', () => !pids.some(isRunning))
})

for (const [settings, line] of [
  [{ PORT: 'abc' }, 'PORT=abc is not valid: expected an integer from 0 to 65535'],
  [{ BACKENDS: 'http://a,http://a' }, 'BACKENDS=http://a is not valid: this url is listed twice'],
  [
    { ADMIN_HOST: '0.0.0.0' },
    'ADMIN_HOST=0.0.0.0 is not valid: off loopback the admin listener needs ADMIN_TOKEN; set it, or use 127.0.0.1'
  ],
  [
    { ADMIN_TOKEN: 'hunter2' },
    'ADMIN_TOKEN=(hidden) is not valid: expected at least 16 characters (ASCII, no blanks), such as `openssl rand -hex 16` prints'
  ],
  [
    { HEALTH_CHECK_STATUS: '399-200' },
    'HEALTH_CHECK_STATUS=399-200 is not valid: expected a status or a range such as 200-399'
  ]
] as const) {
  const setting = Object.entries(settings).map(([name, value]) => `${name}=${value}`).join()
  test(`${setting}: exit code 1 and one line`, async (t) => {
    const server = spawnServer(t, { BACKENDS: await refusedUrl(), ...settings })
    assert.deepEqual(await server.exited, { code: 1, signal: null })
    assert.equal(server.stderr(), `evenkeel: ${line}\n`)
    assert.equal(server.stdout(), '')
  })
}
