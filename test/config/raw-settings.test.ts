import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { readRawSettings } from '../../src/config/raw-settings.ts'
import { buildApp } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'
import { temporaryFolder } from '../helpers/server-process.ts'

async function envFile (text: string): Promise<string> {
  const path = join(await temporaryFolder(), '.env')
  await writeFile(path, text)
  return path
}

const names = ['BACKENDS', 'ADMIN_TOKEN', 'LOG_LEVEL']

test('an unknown name in the file is refused with the one that was meant', async () => {
  const path = await envFile('LOG_LEVEL=debug\nBACKEND=http://a\n')
  assert.throws(() => readRawSettings(names, {}, path), { message: `${path}:2: there is no setting BACKEND; did you mean BACKENDS?` })
})

test('an unknown name that is like none is refused all the same', async () => {
  const path = await envFile('COLOUR=red\n')
  assert.throws(() => readRawSettings(names, {}, path), { message: `${path}:1: there is no setting COLOUR` })
})

test('what Docker Compose reads from the same file is left to it', async () => {
  const path = await envFile('COMPOSE_PROJECT_NAME=shop\nBACKENDS=http://a\n')
  assert.deepEqual(readRawSettings(names, {}, path).values, { BACKENDS: 'http://a' })
})

test('blanks and line ends around a value are no part of it', () => {
  assert.equal(readRawSettings(names, { ADMIN_TOKEN: ' secret\r\n' }, undefined).values['ADMIN_TOKEN'], 'secret')
})

test('a folder in the place of the file is refused', async () => {
  const folder = await temporaryFolder()
  assert.throws(() => readRawSettings(names, {}, folder), {
    name: 'OperatorError',
    message: new RegExp(`^${folder}: the file cannot be read`)
  })
})

test('an environment variable that reads like a setting is logged, once', async (t) => {
  const { logger, lines } = memoryLog()
  await buildApp(t, { BACKEND: 'http://a' }, { logger })
  assert.deepEqual(
    lines()
      .filter(({ msg }) => msg.includes('environment variable'))
      .map(({ variable, setting, level }) => ({ variable, setting, level })),
    [{ variable: 'BACKEND', setting: 'BACKENDS', level: 40 }]
  )
})
