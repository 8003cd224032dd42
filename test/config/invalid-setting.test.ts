import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from '../../src/app.ts'
import { SettingError } from '../../src/config/setting-error.ts'
import { settingsSchema } from '../../plugins/config.ts'
import type { SettingName } from '../../src/config/schema.ts'

const example = 'such as `openssl rand -hex 16` prints'

const invalid: [setting: SettingName, value: string, message: string][] = [
  ['PORT', 'abc', 'PORT=abc is not valid: expected an integer from 0 to 65535'],
  ['PORT', '', 'PORT= is not valid: expected an integer from 0 to 65535'],
  ['PORT', '-1', 'PORT=-1 is not valid: expected an integer from 0 to 65535'],
  ['PORT', '65536', 'PORT=65536 is not valid: expected an integer from 0 to 65535'],
  ['PORT', '80.5', 'PORT=80.5 is not valid: expected an integer from 0 to 65535'],
  ['HOST', '', 'HOST= is not valid: expected address of the traffic listener'],
  ['ADMIN_PORT', '5174x', 'ADMIN_PORT=5174x is not valid: expected an integer from 0 to 65535'],
  ['HEALTH_CHECK_FALL', '0', 'HEALTH_CHECK_FALL=0 is not valid: expected an integer from 1 to 1000'],
  ['HEALTH_CHECK_INTERVAL_MS', '1s', 'HEALTH_CHECK_INTERVAL_MS=1s is not valid: expected an integer from 10 to 3600000'],
  [
    'HEALTH_CHECK_STATUS', '399-200',
    'HEALTH_CHECK_STATUS=399-200 is not valid: expected a status or a range such as 200-399'
  ],
  ['HEALTH_CHECK_STATUS', '2xx', 'HEALTH_CHECK_STATUS=2xx is not valid: expected a status or a range such as 200-399'],
  ['HEALTH_CHECK_PATH', 'health', 'HEALTH_CHECK_PATH=health is not valid: expected path of the health check, starting with `/`'],
  ['HEALTH_CHECK_PATH', '/a b', 'HEALTH_CHECK_PATH=/a b is not valid: expected path of the health check, starting with `/`'],
  ['LOG_LEVEL', 'loud', 'LOG_LEVEL=loud is not valid: expected one of trace, debug, info, warn, error, fatal, silent'],
  ['ACCESS_LOG', 'maybe', 'ACCESS_LOG=maybe is not valid: expected true or false'],
  ['ACCESS_LOG', '', 'ACCESS_LOG= is not valid: expected true or false'],
  ['ADMIN_TOKEN', 'a', `ADMIN_TOKEN=(hidden) is not valid: expected at least 16 characters (ASCII, no blanks), ${example}`],
  ['ADMIN_TOKEN', 'fifteen-letters', `ADMIN_TOKEN=(hidden) is not valid: expected at least 16 characters (ASCII, no blanks), ${example}`],
  [
    'ADMIN_TOKEN', 'no header carries ü',
    `ADMIN_TOKEN=(hidden) is not valid: expected at least 16 characters (ASCII, no blanks), ${example}`
  ],
  ['STICKY_SECRET', 'fifteen letters', `STICKY_SECRET=(hidden) is not valid: expected at least 16 characters, ${example}`],
  ['LOG_LEVEL', 'in\nfo', 'LOG_LEVEL=in?fo is not valid: expected one of trace, debug, info, warn, error, fatal, silent']
]

for (const [setting, value, message] of invalid) {
  test(`${setting}=${JSON.stringify(value)} stops the start with a line that says what would do`, async () => {
    await assert.rejects(createApp({ env: { NODE_ENV: 'production', [setting]: value } }), { name: 'SettingError', message })
  })
}

const numbers = Object.entries(settingsSchema.properties).flatMap(([name, property]) =>
  property.type === 'integer' ? [{ name, ...property }] : []
)

for (const { name, minimum, maximum } of numbers) {
  test(`${name} takes no number below ${minimum} or above ${maximum}`, async () => {
    for (const value of [minimum - 1, maximum + 1]) {
      await assert.rejects(createApp({ env: { NODE_ENV: 'production', [name]: String(value) } }), {
        message: `${name}=${value} is not valid: expected an integer from ${minimum} to ${maximum}`
      })
    }
  })
}

test('a value that is very long is shown in part', async () => {
  await assert.rejects(createApp({ env: { NODE_ENV: 'production', PORT: 'x'.repeat(10_000) } }), (error) => {
    assert.ok(error instanceof SettingError)
    assert.ok(error.message.length < 300)
    return true
  })
})
