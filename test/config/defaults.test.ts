import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from '../../src/app.ts'
import { settingsSchema } from '../../plugins/config.ts'

test('without any setting the defaults of the schema hold, which the README shows', async (t) => {
  const app = await createApp({ env: {} })
  t.after(() => app.close())
  for (const [name, declared] of Object.entries(settingsSchema.properties)) {
    assert.equal(Reflect.get(app.config, name), declared.default, name)
  }
})
