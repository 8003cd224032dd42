import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDashboardAssets } from '../../src/admin/dashboard-assets.ts'
import { buildApp } from '../helpers/gateway.ts'

test('the page is served with a policy that allows nothing inline and nothing from elsewhere, without a token', async (t) => {
  const app = await buildApp(t, { ADMIN_TOKEN: 'opensesame-opensesame' })
  const { statusCode, headers, body } = await app.admin.inject('/')
  assert.equal(statusCode, 200)
  assert.equal(headers['content-type'], 'text/html; charset=utf-8')
  assert.match(
    String(headers['content-security-policy']),
    /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'.*require-trusted-types-for 'script'/
  )
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['referrer-policy'], 'no-referrer')
  assert.doesNotMatch(body, /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?:\/\/(?!10\.0\.0\.)/)
})

test('everything that the page and its modules name is there, with its type', async (t) => {
  const app = await buildApp(t, {})
  const named = new Set<string>()
  for (const { path, body } of readDashboardAssets()) {
    const text = body.toString()
    if (path === '/') for (const [, name] of text.matchAll(/(?:href|src)="(assets\/[^"]+)"/g)) named.add(`/${name}`)
    else if (path !== '/assets/uplot.js') for (const [, name] of text.matchAll(/ from ['"]\.\/([^'"]+)['"]/g)) named.add(`/assets/${name}`)
  }
  assert.ok(named.size > 15)
  for (const path of named) {
    const { statusCode, headers } = await app.admin.inject(path)
    assert.equal(statusCode, 200, path)
    assert.match(
      String(headers['content-type']),
      path.endsWith('.js') ? /^text\/javascript/ : path.endsWith('.css') ? /^text\/css/ : /^image\/svg/
    )
  }
})

test('a page that was read before is not sent again', async (t) => {
  const app = await buildApp(t, {})
  const { headers } = await app.admin.inject('/')
  const again = await app.admin.inject({ url: '/', headers: { 'if-none-match': String(headers.etag) } })
  assert.deepEqual([again.statusCode, again.body, again.headers['cache-control']], [304, '', 'no-cache'])
})
