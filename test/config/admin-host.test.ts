import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildApp } from '../helpers/gateway.ts'

for (const host of ['0.0.0.0', '::', '10.0.0.1', 'admin.example', '127.0.0.1.example', '::ffff:10.0.0.1', '64:ff9b::127.0.0.1']) {
  test(`the admin listener on ${host} needs a token`, async (t) => {
    await assert.rejects(buildApp(t, { ADMIN_HOST: host }), {
      name: 'SettingError',
      message: `ADMIN_HOST=${host} is not valid: off loopback the admin listener needs ADMIN_TOKEN; set it, or use 127.0.0.1`
    })
    await buildApp(t, { ADMIN_HOST: host, ADMIN_TOKEN: 'opensesame-opensesame' })
  })
}

for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1']) {
  test(`the admin listener on ${host} needs none`, async (t) => {
    await buildApp(t, { ADMIN_HOST: host })
  })
}
