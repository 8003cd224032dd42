import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildApp } from '../helpers/gateway.ts'

const unauthorized = {
  statusCode: 401,
  code: 'EVENKEEL_UNAUTHORIZED',
  error: 'Unauthorized',
  message: 'A valid bearer token is required'
}

for (const authorization of [
  undefined, '', 'opensesame-opensesame', 'Bearer', 'Bearer ', 'Bearer wrong', 'Bearer opensesame-opensesam',
  'Bearer opensesame-opensesame2', 'Basic opensesame-opensesame', 'Bearer opensesame opensesame'
]) {
  test(`with a token set, ${authorization === undefined ? 'no authorization' : JSON.stringify(authorization)} is refused`, async (t) => {
    const app = await buildApp(t, { ADMIN_TOKEN: 'opensesame-opensesame' })
    const response = await app.admin.inject({ url: '/api/backends', headers: authorization === undefined ? {} : { authorization } })
    assert.deepEqual([response.statusCode, response.json()], [401, unauthorized])
  })
}

test('with a token set, the token opens the API, and the case of "Bearer" does not matter', async (t) => {
  const app = await buildApp(t, { ADMIN_TOKEN: 'opensesame-opensesame' })
  for (const authorization of ['Bearer opensesame-opensesame', 'bearer opensesame-opensesame']) {
    const response = await app.admin.inject({ url: '/api/backends', headers: { authorization } })
    assert.deepEqual([response.statusCode, response.json()], [200, []])
  }
})

test('without a token set, none is needed', async (t) => {
  const app = await buildApp(t, {})
  assert.equal((await app.admin.inject('/api/backends')).statusCode, 200)
})
