import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildApp } from '../helpers/gateway.ts'

const requests = [
  { method: 'GET', url: '/nothing' },
  { method: 'GET', url: '/api/nothing' },
  { method: 'POST', url: '/livez' },
  { method: 'DELETE', url: '/api/backends' }
] as const

for (const { method, url } of requests) {
  test(`${method} ${url} is answered 404 in the gateway's shape`, async (t) => {
    const app = await buildApp(t, {})
    const response = await app.admin.inject({ method, url })
    assert.deepEqual([response.statusCode, response.json()], [404, {
      statusCode: 404,
      code: 'EVENKEEL_NOT_FOUND',
      error: 'Not Found',
      message: 'Not found'
    }])
  })
}
