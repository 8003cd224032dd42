import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearestName } from '../../src/config/near-names.ts'
import { settingsSchema } from '../../src/config/schema.ts'

const names = Object.keys(settingsSchema.properties)

for (const [text, expected] of [
  ['BACKEND', 'BACKENDS'],
  ['HEALTHCHECK_PATH', 'HEALTH_CHECK_PATH'],
  ['HEALTH_CHEK_PATH', 'HEALTH_CHECK_PATH'],
  ['ADMINTOKEN', 'ADMIN_TOKEN'],
  ['backends', 'BACKENDS']
] as const) {
  test(`${text} reads like ${expected}`, () => { assert.equal(nearestName(text, names), expected) })
}

test('what every shell sets reads like no setting', () => {
  const usual = [
    'HOME', 'PATH', 'HOSTNAME', 'SHELL', 'TERM', 'USER', 'LANG', 'PWD', 'OLDPWD', 'SHLVL', 'LOGNAME', 'MAIL', 'EDITOR', 'TZ',
    'NODE_OPTIONS', 'NODE_PATH', 'NODE_VERSION', 'YARN_VERSION', 'INIT_CWD', 'COLOR', 'npm_config_cache', 'npm_lifecycle_event',
    'npm_node_execpath', 'KUBERNETES_PORT', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT', 'SSH_CLIENT', 'XDG_RUNTIME_DIR',
    'LS_COLORS', 'DEBIAN_FRONTEND'
  ]
  assert.deepEqual(usual.filter((name) => nearestName(name, names) !== undefined), [])
})
