import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { spawnServer, temporaryFolder } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

test('the .env file of the working directory is read, and the environment wins over it', async (t) => {
  const [fromFile, fromEnvironment] = [await startBackend(t, answers('of the file')), await startBackend(t, answers('of the environment'))]
  const cwd = await temporaryFolder()
  await writeFile(join(cwd, '.env'), `BACKENDS=${fromFile.url}\nADMIN_TOKEN="opensesame-opensesame"\n`)

  const one = spawnServer(t, {}, cwd)
  assert.equal((await send(await one.url())).body, 'of the file')
  assert.equal((await send(`${await one.adminUrl()}/api/backends`)).status, 401)

  const other = spawnServer(t, { BACKENDS: fromEnvironment.url }, cwd)
  assert.equal((await send(await other.url())).body, 'of the environment')
})

test('in production without BACKENDS it starts, answers 503 and says why', async (t) => {
  const server = spawnServer(t, { NODE_ENV: 'production' })
  const { status, headers, body } = await send(await server.url())
  assert.equal(status, 503)
  assert.match(headers['retry-after'] ?? '', /^[1-9][0-9]*$/)
  assert.equal(JSON.parse(body).message, 'No backend is in rotation: none is registered')
  assert.equal((await send(`${await server.adminUrl()}/readyz`)).status, 503)
  assert.equal((await send(`${await server.adminUrl()}/livez`)).status, 200)
  assert.ok(!server.lines().some(({ msg }) => msg.includes('demo')))
})

test('the log is lines of JSON where stdout is no terminal, and LOG_LEVEL thins them out', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const talkative = spawnServer(t, { BACKENDS: backend.url })
  await send(await talkative.url())
  await talkative.line(/^request$/)
  for (const line of talkative.lines()) assert.deepEqual([typeof line.msg, typeof line.level], ['string', 'number'])
  assert.equal(talkative.stderr(), '')
  talkative.kill('SIGTERM')
  await talkative.exited

  const before = backend.checks.length
  const quiet = spawnServer(t, { BACKENDS: backend.url, LOG_LEVEL: 'error', HEALTH_CHECK_INTERVAL_MS: '10' })
  await until('it to run', () => backend.checks.length > before + 2)
  quiet.kill('SIGTERM')
  await quiet.exited
  assert.equal(quiet.stdout(), '')
})
