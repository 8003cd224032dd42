import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

const token = 'secret-secret-secret'

interface Shown {
  backends: Array<{ name: string; isCandidate: boolean; reason: string }>
  strategy: string
  choice: { name: string } | null
  reason: string
}

test('an explanation says of every backend why it is a candidate or not, and which one is chosen', async (t) => {
  const [a, b, c] = [
    await startBackend(t, answers('a')),
    await startBackend(t, answers('b')),
    await startBackend(t, answers('c'), () => false)
  ]
  const { url, adminUrl, app } = await startGateway(t, {
    BACKENDS: `${a.url};name=a,${b.url};name=b,${c.url};name=c,http://127.0.0.1:1;name=spare;backup=true`
  })
  const drained = app.registry.backends()[1]
  assert.ok(drained)
  app.registry.command(drained, 'draining', 'test')
  const shown = JSON.parse((await send(`${adminUrl}/api/explain?method=GET&path=/x&header.x-tenant=acme`)).body) as Shown
  assert.deepEqual(shown.backends.map(({ name, isCandidate, reason }) => [name, isCandidate, reason]), [
    ['a', true, 'in rotation'],
    ['b', false, 'drained'],
    ['c', false, 'unhealthy: status 503'],
    ['spare', false, 'unhealthy: connection refused']
  ])
  assert.deepEqual([shown.strategy, shown.choice?.name, shown.reason], ['round-robin', 'a', 'it is the only candidate'])
  assert.equal((await send(url)).body, 'a')
})

for (const balancer of ['round-robin', 'least-connections', 'consistent-hash']) {
  test(`the choice of ${balancer} is the one that the next request gets`, async (t) => {
    const backends = await Promise.all(['a', 'b', 'c'].map((name) => startBackend(t, answers(name))))
    const { url, adminUrl } = await startGateway(t, {
      BACKENDS: backends.map(({ url }, i) => `${url};name=${'abc'[i]}`).join(),
      BALANCER: balancer,
      HASH_KEY: 'header:x-tenant'
    })
    for (const tenant of ['acme', 'beta', 'gamma']) {
      const { choice } = JSON.parse((await send(`${adminUrl}/api/explain?path=/&header.x-tenant=${tenant}`)).body) as Shown
      assert.equal((await send(url, { headers: { 'x-tenant': tenant } })).body, choice?.name)
    }
  })
}

test('a request with the token is explained in its answer, and the backend does not see the token', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { url } = await startGateway(t, { BACKENDS: `${a.url};name=a`, ADMIN_TOKEN: token })
  const { headers } = await send(url, { headers: { 'evenkeel-explain': token } })
  assert.equal((JSON.parse(String(headers['evenkeel-explain'])) as Shown).choice?.name, 'a')
  assert.equal((await send(url, { headers: { 'evenkeel-explain': 'wrong' } })).headers['evenkeel-explain'], undefined)
  assert.deepEqual(a.requests.map(({ headers }) => headers['evenkeel-explain']), [undefined, undefined])
})

test('after ten wrong tokens, from whatever addresses, only those that have shown the right one are heard', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { url, adminUrl } = await startGateway(t, { BACKENDS: `${a.url};name=a`, ADMIN_TOKEN: token, TRUST_PROXY: '127.0.0.1' })
  const isHeard = async (address: string, said = token): Promise<boolean> => {
    const { status, headers } = await send(url, { headers: { 'evenkeel-explain': said, 'x-forwarded-for': address } })
    assert.equal(status, 200)
    return headers['evenkeel-explain'] !== undefined
  }
  assert.equal(await isHeard('10.0.0.1'), true)
  for (let i = 0; i < 10; i++) assert.equal(await isHeard(`10.1.0.${i}`, `wrong ${i}`), false)
  assert.equal(await isHeard('10.0.0.1'), true)
  assert.equal(await isHeard('10.0.0.2'), false)
  const { status } = await send(`${adminUrl}/api/backends`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(status, 200)
})

test('an address that has shown the token on the admin listener is heard while others guess', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { url, adminUrl } = await startGateway(t, { BACKENDS: `${a.url};name=a`, ADMIN_TOKEN: token, TRUST_PROXY: '127.0.0.1' })
  await send(`${adminUrl}/api/backends`, { headers: { authorization: `Bearer ${token}` } })
  for (let i = 0; i < 10; i++) await send(url, { headers: { 'evenkeel-explain': `wrong ${i}`, 'x-forwarded-for': `10.1.0.${i}` } })
  const answer = await send(url, { headers: { 'evenkeel-explain': token } })
  assert.ok(answer.headers['evenkeel-explain'])
})

test('a client that is kept by a cookie is explained so', async (t) => {
  const backends = await Promise.all(['a', 'b', 'c'].map((name) => startBackend(t, answers(name))))
  const { url, adminUrl } = await startGateway(t, {
    BACKENDS: backends.map(({ url }, i) => `${url};name=${'abc'[i]}`).join(),
    STICKY_COOKIE: 'stay'
  })
  const first = await send(url)
  const cookie = String(first.headers['set-cookie']).split(';')[0] ?? ''
  const { choice, reason } = JSON.parse((await send(`${adminUrl}/api/explain?header.cookie=${encodeURIComponent(cookie)}`)).body) as Shown
  assert.deepEqual([choice?.name, reason], [first.body, 'its cookie names this backend'])
  assert.equal((await send(url, { headers: { cookie } })).body, first.body)
})
