import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { buildApp } from '../helpers/gateway.ts'
import { temporaryFolder } from '../helpers/server-process.ts'

async function envFile (text: string): Promise<string> {
  const path = join(await temporaryFolder(), '.env')
  await writeFile(path, text)
  return path
}

test('the environment wins over the file, which wins over the default', async (t) => {
  const app = await buildApp(t, { HEALTH_CHECK_RISE: '7' }, {
    envFile: await envFile('# ours\nHEALTH_CHECK_RISE=5\nHEALTH_CHECK_FALL=6\n')
  })
  assert.equal(app.config.HEALTH_CHECK_RISE, 7)
  assert.equal(app.config.HEALTH_CHECK_FALL, 6)
  assert.equal(app.config.HEALTH_CHECK_TIMEOUT_MS, 1000)
})

test('a variable that is unset does not hide the one in the file', async (t) => {
  const app = await buildApp(t, {}, { envFile: await envFile('HEALTH_CHECK_FALL=6\n') })
  assert.equal(app.config.HEALTH_CHECK_FALL, 6)
})

test('a file that is not there is no error', async (t) => {
  const app = await buildApp(t, {}, { envFile: join(await temporaryFolder(), '.env') })
  assert.equal(app.config.HEALTH_CHECK_FALL, 3)
})

test('an invalid value in the file stops the start', async (t) => {
  const path = await envFile('HEALTH_CHECK_FALL=none\n')
  await assert.rejects(buildApp(t, {}, { envFile: path }), {
    message: 'HEALTH_CHECK_FALL=none is not valid: expected an integer from 1 to 1000'
  })
})

test('the environment that was passed in is left as it was', async (t) => {
  const settings = { HEALTH_CHECK_FALL: '5' }
  await buildApp(t, settings)
  assert.deepEqual(settings, { HEALTH_CHECK_FALL: '5' })
})
