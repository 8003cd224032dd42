import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettingError } from '../../src/config/setting-error.ts'
import { answers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway, buildApp } from '../helpers/gateway.ts'
import { memoryLog } from '../helpers/log.ts'

test('a gateway that runs, answers and ends does not log its token', async (t) => {
  const log = memoryLog()
  const backend = await startBackend(t, answers('a'))
  const gateway = await startGateway(
    t,
    { BACKENDS: backend.url, ADMIN_TOKEN: 'opensesame-opensesame', LOG_LEVEL: 'trace' },
    { logger: log.logger }
  )
  await send(gateway.url)
  await send(`${gateway.adminUrl}/api/backends`, { headers: { authorization: 'Bearer opensesame-opensesame' } })
  const refused = await send(`${gateway.adminUrl}/api/backends`, { headers: { authorization: 'Bearer wrong' } })
  await gateway.app.drain()
  assert.match(log.text(), /drained/)
  assert.doesNotMatch(log.text() + JSON.stringify(refused), /opensesame-opensesame/)
})

test('a message about another setting does not show the token', async (t) => {
  await assert.rejects(buildApp(t, { ADMIN_TOKEN: 'opensesame-opensesame', PORT: 'abc' }), (error: Error) => {
    assert.doesNotMatch(`${error.stack}${JSON.stringify(error)}`, /opensesame-opensesame/)
    return true
  })
})

test('a message about the token itself does not show it', () => {
  assert.equal(
    new SettingError('ADMIN_TOKEN', 'opensesame-opensesame', 'expected more').message,
    'ADMIN_TOKEN=(hidden) is not valid: expected more'
  )
})
