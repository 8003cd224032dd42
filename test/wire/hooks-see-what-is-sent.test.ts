import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { answers, startBackend, type TestBackend } from '../helpers/backend.ts'
import { buildApp } from '../helpers/gateway.ts'
import { attack } from '../helpers/wire.ts'

interface Place { readonly url: string | undefined, readonly host: string | undefined }

interface Watched {
  readonly port: number
  readonly backend: TestBackend
  /** Where hooks saw each request go, each in all the ways in which a hook may look, in the order of the hooks. */
  readonly seen: Array<[hook: string, Place[]]>
}

/** A gateway to which its owner has added hooks in every way that there is: by the option, or to the application. */
async function startWatched (t: TestContext, isByOption = false): Promise<Watched> {
  const backend = await startBackend(t, answers('a'))
  backend.server.on('upgrade', (req, socket) => {
    backend.requests.push(req)
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  })
  const seen: Watched['seen'] = []
  const plugins = isByOption
    ? [
        Object.assign(
          async (app: FastifyInstance) => {
            watch(app, seen)
          },
          { [Symbol.for('skip-override')]: true }
        )
      ]
    : []
  const app = await buildApp(t, { BACKENDS: backend.url }, { plugins })
  if (!isByOption) watch(app, seen)
  await app.listen({ host: '127.0.0.1', port: 0 })
  return { port: (app.server.address() as AddressInfo).port, backend, seen }
}

function watch (app: FastifyInstance, seen: Watched['seen']): void {
  app.addHook('onRequest', async (request) => { seen.push(['onRequest', placesOf(request)]) })
  void app.register(async (plugin) => {
    plugin.addHook('onRequest', async (request) => { seen.push(['onRequest of a plugin', placesOf(request)]) })
    plugin.get('/own', async () => 'own')
    plugin.get('/parts/:part', async ({ params }) => params)
  })
  app.addHook('preHandler', async (request) => { seen.push(['preHandler', placesOf(request)]) })
}

function placesOf (request: FastifyRequest): Place[] {
  return [
    { url: request.url, host: request.host },
    { url: request.originalUrl, host: request.headers.host },
    { url: request.raw.url, host: hostOf(request.raw.rawHeaders) },
    { url: request.raw.url, host: request.raw.headersDistinct.host?.join() }
  ]
}

function hostOf (rawHeaders: readonly string[]): string | undefined {
  return rawHeaders.filter((_value, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === 'host').join()
}

function placeOf ({ url, rawHeaders }: IncomingMessage): Place {
  return { url, host: hostOf(rawHeaders) }
}

const hosts = ['good', 'Good.example:8080', 'good.example.', 'good_one.example', '192.0.2.1:80', '[2001:db8::1]', '[::1]:8080', 'good:']

const paths = [
  '/', '/admin', '//admin', '/admin%zz', '/%61dmin', '/%', '/%ff/%61', '/%C3%A4%C3?%zz', '/a%2Fb/../c;d=1?e=%2', '/?', '/x?http://other/#y',
  '/\\evil', '/http://other/', `/${'a'.repeat(4000)}%`
]

/** Each target with where it goes; `undefined` is the host of `Host`. */
const targets: Array<{ method?: string, target: string, url: string, host?: string }> = [
  ...paths.map((path) => ({ target: path, url: path })),
  ...paths.map((path) => ({ target: `http://evil.example:81${path}`, url: path, host: 'evil.example:81' })),
  { target: 'http://evil', url: '/', host: 'evil' },
  { target: 'HTTPS://[2001:db8::2]?x', url: '/?x', host: '[2001:db8::2]' },
  { method: 'OPTIONS', target: '*', url: '*' },
  { method: 'OPTIONS', target: 'http://evil', url: '*', host: 'evil' },
  { method: 'OPTIONS', target: 'http://evil/', url: '/', host: 'evil' }
]

const upgrade = 'Connection: Upgrade\r\nUpgrade: x'

for (const [what, fields, isByOption] of [
  ['request', 'Connection: close', false], ['upgrade', upgrade, false], ['request', 'Connection: close', true]
] as const) {
  test(`every hook${isByOption ? ' of a plugin given to createApp' : ''} sees the target and the host of every ${what} as the backend ` +
    'gets them', async (t) => {
    const { port, backend, seen } = await startWatched(t, isByOption)
    for (const { method = 'GET', target, url, host } of targets) {
      await t.test(`${method} ${target.slice(0, 50)}`, async () => {
        for (const said of hosts) {
          await attack(port, `${method} ${target} HTTP/1.1\r\nHost: ${said}\r\n${fields}\r\n\r\n`)
          const place = { url, host: host ?? said }
          assert.deepEqual(backend.requests.splice(0).map(placeOf), [place])
          assert.deepEqual(
            seen.splice(0),
            ['onRequest', 'preHandler'].map((hook) => [hook, Array(4).fill(place)])
          )
        }
      })
    }
  })
}

test('a client of HTTP/1.0 that names its host in the target alone is seen to name it', async (t) => {
  const { port, backend, seen } = await startWatched(t)
  await attack(port, 'GET http://evil/x HTTP/1.0\r\n\r\n')
  const place = { url: '/x', host: 'evil' }
  assert.deepEqual(backend.requests.map(placeOf), [place])
  assert.deepEqual(seen[0], ['onRequest', Array(4).fill(place)])
})

test('a client of HTTP/1.0 without any host is seen without one, and the backend gets its own', async (t) => {
  const { port, backend, seen } = await startWatched(t)
  await attack(port, 'GET /x HTTP/1.0\r\n\r\n')
  assert.deepEqual(backend.requests.map(({ headers }) => headers.host), [`127.0.0.1:${backend.port}`])
  assert.equal(seen[0]?.[1][0]?.host, '')
})

/** Whether an owner's route `/own` answers. */
const owns: Record<string, boolean> = {
  '/own': true,
  '/own?x': true,
  '/%6fwn': true,
  'http://evil/own': true,
  '/own%zz': false,
  '//own': false,
  '/own/': false,
  '/OWN': false,
  '/./own': false,
  '/own%2f': false,
  '/own;x': false
}

test('the route /own of an owner gets what is /own when decoded, and the backends get the rest as it came', async (t) => {
  const { port, backend, seen } = await startWatched(t)
  for (const [target, isOwn] of Object.entries(owns)) {
    await t.test(target, async () => {
      const received = await attack(port, `GET ${target} HTTP/1.1\r\nHost: good\r\nConnection: close\r\n\r\n`)
      assert.equal(received.endsWith('\r\n\r\nown'), isOwn)
      assert.deepEqual(backend.requests.splice(0).map(({ url }) => url), isOwn ? [] : [target])
      const hooks = isOwn ? ['onRequest', 'onRequest of a plugin', 'preHandler'] : ['onRequest', 'preHandler']
      assert.deepEqual(seen.splice(0).map(([hook]) => hook), hooks)
    })
  }
})

test('an escape that cannot be decoded hides no other from an owner\'s route', async (t) => {
  const { port, seen } = await startWatched(t)
  const parts = {
    '/%70arts/%zz': '%zz',
    '/parts/%C3%A4%C3': 'ä%C3',
    '/parts/%2f%ff%41': '/%ffA',
    '/parts/%25%': '%%',
    '/parts/%C0%AF': '%C0%AF'
  }
  for (const [target, part] of Object.entries(parts)) {
    const received = await attack(port, `GET ${target} HTTP/1.1\r\nHost: good\r\nConnection: close\r\n\r\n`)
    assert.deepEqual(JSON.parse(Buffer.from(received.split('\r\n\r\n')[1] ?? '', 'latin1').toString()), { part })
    assert.equal(seen.splice(0)[0]?.[1][0]?.url, target)
  }
})

test('a url that a hook has set is what is sent, if it can be', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const app = await buildApp(t, { BACKENDS: backend.url })
  app.addHook('onRequest', async ({ raw, headers }) => { raw.url = String(headers['x-url']).replace('CRLF', '\r\n') })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  for (const url of ['/other?x', '/a CRLFX: y', 'http://evil/', '*', '']) {
    const received = await attack(port, `GET /x HTTP/1.1\r\nHost: good\r\nConnection: close\r\nX-Url: ${url}\r\n\r\n`)
    assert.match(received, url === '/other?x' ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 500 [^]*"EVENKEEL_INTERNAL"/, url)
  }
  assert.deepEqual(backend.requests.map(({ url }) => url), ['/other?x'])
})

/** What names no place, or more than one. */
const malformed: Record<string, { method?: string, target?: string, host?: string }> = {
  'a target with a user': { target: 'http://user@evil/x' },
  'a target with a user and a password': { target: 'http://user:secret@evil/x' },
  'a target with two at signs': { target: 'http://a@b@c/x' },
  'a target with an empty host': { target: 'http:///x' },
  'a target with a port alone': { target: 'http://:80/x' },
  'a target with a port that is none': { target: 'http://evil:x/x' },
  'a target with a backslash in its host': { target: 'http://good\\evil/x' },
  'a target with a comma in its host': { target: 'http://a,b/x' },
  'a target of another protocol': { target: 'ftp://evil/x' },
  'a target of WebSocket': { target: 'ws://evil/x' },
  'a fragment': { target: '/x#y' },
  'a fragment in place of the path': { target: 'http://evil#/x' },
  'a fragment in absolute form': { target: 'http://evil/x#y' },
  'an asterisk for GET': { target: '*' },
  'an asterisk with more': { method: 'OPTIONS', target: '*x' },
  'a host and port for GET': { target: 'evil:80' },
  'a path without a slash': { target: 'x' },
  'a target of bytes beyond ASCII': { target: '/\xe9' },
  ...Object.fromEntries([
    '', ' ', ':', ':80', 'a b', 'a\tb', 'a,b', 'a, b', 'u@a', 'a/b', 'a?b', 'a#b', 'a\\b', 'a:x', 'a:80:90', 'a:-1', 'a:+80', 'a:65536',
    'a:000080', '\xe9', 'a\xff', 'a%62', 'a%zz', '[', ']', '[]', '[a]', '[1.2.3.4]', '[::1', '::1', '[::1]x', '[::1]:x', '[::1%25eth0]',
    '[::1%eth0]', '[v1.a]', 'a[::1]', '.', '..', '.a', 'a..b', 'a|b', 'a<b', 'a"b', 'a^b', 'a`b', 'a{b}', 'http://a'
  ].map((host) => [`the Host ${JSON.stringify(host)}`, { host }])),
  'an invalid Host, with a target that replaces it': { target: 'http://evil/x', host: 'a b' }
}

for (const isByOption of [false, true]) {
  test('a request that names no place, or more than one, is answered 400 before any ' +
    `hook${isByOption ? ' of a plugin given to createApp' : ''} or backend sees it`, async (t) => {
    const { port, backend, seen } = await startWatched(t, isByOption)
    for (const [name, { method = 'GET', target = '/x', host = 'good' }] of Object.entries(malformed)) {
      await t.test(name, async () => {
        for (const fields of ['Connection: close', 'Connection: Upgrade\r\nUpgrade: x']) {
          const received = await attack(port, `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n\r\n`)
          assert.match(received, /^HTTP\/1\.1 400 [^]*"code":"EVENKEEL_BAD_REQUEST"/)
        }
        assert.deepEqual([seen.splice(0), backend.requests.splice(0)], [[], []])
      })
    }
  })
}

test('the log of a target that is refused holds no credentials', async (t) => {
  const backend = await startBackend(t, answers('a'))
  const app = await buildApp(t, { BACKENDS: backend.url })
  const paths: string[] = []
  app.exchanges.subscribe(({ path }) => paths.push(path))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  await attack(port, 'GET http://user:secret@evil/x HTTP/1.1\r\nHost: good\r\nConnection: close\r\n\r\n')
  assert.deepEqual(paths, ['http://evil/x'])
})
