import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { startBackend, type TestBackend } from '../helpers/backend.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { acceptanceCases, acceptanceRoutes } from '../helpers/table.ts'
import { attack } from '../helpers/wire.ts'

/** Says who it is and what it was asked for. */
async function startNamed (t: TestContext, name: string): Promise<TestBackend> {
  return await startBackend(t, ({ url, headers }, res) => {
    res.end(JSON.stringify({ name, url, host: headers.host, prefix: headers['x-forwarded-prefix'] }))
  })
}

async function ask (port: number, request: string, ...lines: string[]): Promise<string> {
  const [, method = 'GET', host = '', target = ''] = /^(?:(\S+) )?([^/]*)(.*)$/.exec(request) ?? []
  const head = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...lines]
  return await attack(port, `${head.join('\r\n')}\r\n\r\n`)
}

test('requests go where the table says, by sockets too, and their bytes stay', async (t) => {
  const names = Object.keys(acceptanceRoutes)
  const services: Record<string, object> = {}
  for (const name of names) services[name] = { backends: [(await startNamed(t, name)).url] }
  const routes = Object.entries(acceptanceRoutes).map(([service, match]) => ({ ...match, service }))
  const { port } = await startWithFile(t, JSON.stringify({ services, routes }))
  for (const [request, route] of acceptanceCases) {
    if (request.startsWith('/')) continue // HTTP/1.1 has a host
    const answer = await ask(port, request)
    if (route === undefined) assert.match(answer, /^HTTP\/1\.1 404 [^]*EVENKEEL_NO_ROUTE/, request)
    else if (route === 'ambiguous') assert.match(answer, /^HTTP\/1\.1 400 [^]*EVENKEEL_AMBIGUOUS_PATH/, request)
    else {
      const seen = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { name: string, url: string }
      assert.deepEqual([seen.name, seen.url], [route, request.slice(request.indexOf('/'))], request)
    }
  }
  assert.match(await attack(port, 'GET /status HTTP/1.0\r\n\r\n'), /"name":"health"/)
  const absolute = 'GET http://shop.example.com/api HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n'
  assert.match(await attack(port, absolute), /"name":"api"/)
})

test('a route edits path, host and headers of its requests and responses alone', async (t) => {
  const a = await startNamed(t, 'a')
  const { port } = await startWithFile(t, JSON.stringify({
    services: { a: { backends: [a.url] } },
    routes: [
      { service: 'a' },
      {
        path: '/files',
        stripPrefix: true,
        hostHeader: 'backend',
        requestHeaders: { set: { 'x-tenant': 'shop' }, remove: ['X-Debug'] },
        responseHeaders: { set: { 'x-kind': 'file' }, remove: ['x-powered-by'] },
        service: 'a'
      },
      { path: '/old', redirect: { to: 'https://new.test/base', status: 307 } }
    ]
  }))
  const answer = await ask(port, 'h.test/files//b?c', 'X-Debug: 1', 'X-Forwarded-Prefix: /evil')
  const { headers } = a.requests[0]!
  assert.match(answer, new RegExp(`x-kind: file[^]*"url":"/b\\?c","host":"${new URL(a.url).host}","prefix":"/files"`))
  assert.deepEqual([headers['x-tenant'], headers['x-debug'], headers['x-forwarded-host']], ['shop', undefined, 'h.test'])
  assert.match(await ask(port, 'h.test/x', 'X-Debug: 1'), /"url":"\/x","host":"h.test"/)
  assert.equal(a.requests[1]?.headers['x-debug'], '1')
  assert.match(await ask(port, 'h.test/old/a?b'), /^HTTP\/1\.1 307 [^]*location: https:\/\/new\.test\/base\/old\/a\?b\r\n/)
})

test('a service without a backend answers 503, and never another one', async (t) => {
  const web = await startNamed(t, 'web')
  const services = { web: { backends: [web.url] }, api: {} }
  const { port } = await startWithFile(t, JSON.stringify({ services, routes: [{ service: 'web' }, { path: '/api', service: 'api' }] }))
  assert.match(await ask(port, 'h/api/x'), /^HTTP\/1\.1 503 [^]*retry-after/)
  assert.equal(web.requests.length, 0)
})

test('a reload takes the new table, keeps what is unchanged, and a broken file changes nothing', async (t) => {
  const [a, b] = [await startNamed(t, 'a'), await startNamed(t, 'b')]
  const file = (routes: object[]): string => JSON.stringify({ services: { a: { backends: [a.url] }, b: { backends: [b.url] } }, routes })
  const { port, app, write } = await startWithFile(t, file([{ service: 'a' }, { path: '/b', service: 'b' }]))
  const before = app.services.get('a')?.backends()[0]
  await write(file([{ service: 'b' }, { path: '/a', service: 'a' }]))
  assert.equal((await app.configFile.reload()).state, 'in-force')
  assert.match(await ask(port, 'h/x'), /"name":"b"/)
  assert.match(await ask(port, 'h/a'), /"name":"a"/)
  assert.equal(app.services.get('a')?.backends()[0], before)
  await write('routes:\n  - { paht: /x }\n')
  const { state, problems } = await app.configFile.reload()
  assert.equal(state, 'refused')
  assert.match(problems.join(), /:2:7: routes\[0\]\.paht is not known; did you mean "path"\?/)
  assert.match(await ask(port, 'h/x'), /"name":"b"/)
})

test('a file that the gateway itself fails to take is said, and the next one is taken all the same', async (t) => {
  const a = await startNamed(t, 'a')
  const { app, write } = await startWithFile(t, JSON.stringify({ services: { a: { backends: [a.url] } }, routes: [{ service: 'a' }] }))
  let isFaulty = true
  app.configFile.plans.subscribe(() => { if (isFaulty) throw new Error('a fault of the gateway') })
  await write('{"services":{"b":{}}}')
  assert.equal((await app.configFile.reload()).state, 'refused')
  isFaulty = false
  await write('{"services":{"c":{}}}')
  assert.equal((await app.configFile.reload()).state, 'in-force')
})

test('a backend that leaves the file drains, and a service that leaves it goes with its last backend', async (t) => {
  const [a, b] = [await startNamed(t, 'a'), await startNamed(t, 'b')]
  const { port, app, write } = await startWithFile(t, JSON.stringify({
    services: { a: { backends: [a.url, b.url] }, b: { backends: [b.url] } }, routes: [{ service: 'a' }, { path: '/b', service: 'b' }]
  }))
  await write(JSON.stringify({ services: { a: { backends: [a.url] } }, routes: [{ service: 'a' }] }))
  await app.configFile.reload()
  await Promise.resolve()
  assert.deepEqual(app.services.all().map(({ name }) => name), ['default', 'a'])
  assert.deepEqual(app.services.backends().map(({ address }) => address), [a.url])
  for (let i = 0; i < 4; i++) assert.match(await ask(port, 'h/b'), /"name":"a"/)
})

test('a service that a backend announces is live, and its route goes to it alone', async (t) => {
  const [web, search] = [await startNamed(t, 'web'), await startNamed(t, 'search')]
  const text = JSON.stringify({ services: { web: { backends: [web.url] } }, routes: [{ service: 'web' }] })
  const { port, app, adminUrl } = await startWithFile(t, text)
  const response = await fetch(`${adminUrl}/api/backends`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: search.url, service: 'search', routes: ['/search'] })
  })
  assert.equal(response.status, 201)
  const backend = app.services.get('search')?.backends()[0]
  if (backend !== undefined) await app.checkSchedule.checkNow(backend)
  await Promise.resolve()
  assert.match(await ask(port, 'h/search/x'), /"name":"search"/)
  assert.match(await ask(port, 'h/x'), /"name":"web"/)
  const routes = await (await fetch(`${adminUrl}/api/routes`)).json() as Array<{ source: string, requests: number }>
  assert.deepEqual(routes.map(({ source, requests }) => [source, requests]), [['file', 1], ['registered', 1]])
})
