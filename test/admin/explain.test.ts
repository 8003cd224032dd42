import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answers, startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

interface Shown { backends: Array<{ name: string, isCandidate: boolean, reason: string }>, strategy: string, choice: { name: string } | null, reason: string }

test('an explanation says of every backend why it is a candidate or not, and which one is chosen', async (t) => {
  const [a, b, c] = [await startBackend(t, answers('a')), await startBackend(t, answers('b')), await startBackend(t, answers('c'), () => false)]
  const { url, adminUrl, app } = await startGateway(t, { BACKENDS: `${a.url};name=a,${b.url};name=b,${c.url};name=c,http://127.0.0.1:1;name=spare;backup=true` })
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
    const { url, adminUrl } = await startGateway(t, { BACKENDS: backends.map(({ url }, i) => `${url};name=${'abc'[i]}`).join(), BALANCER: balancer, HASH_KEY: 'header:x-tenant' })
    for (const tenant of ['acme', 'beta', 'gamma']) {
      const { choice } = JSON.parse((await send(`${adminUrl}/api/explain?path=/&header.x-tenant=${tenant}`)).body) as Shown
      assert.equal((await send(url, { headers: { 'x-tenant': tenant } })).body, choice?.name)
    }
  })
}

test('a request with the token is explained in its answer, and the backend does not see the token', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { url } = await startGateway(t, { BACKENDS: `${a.url};name=a`, ADMIN_TOKEN: 'secret' })
  const { headers } = await send(url, { headers: { 'evenkeel-explain': 'secret' } })
  assert.equal((JSON.parse(String(headers['evenkeel-explain'])) as Shown).choice?.name, 'a')
  assert.equal((await send(url, { headers: { 'evenkeel-explain': 'wrong' } })).headers['evenkeel-explain'], undefined)
  assert.deepEqual(a.requests.map(({ headers }) => headers['evenkeel-explain']), [undefined, undefined])
})

test('nobody can guess the token by such requests: after ten wrong ones from an address it is not listened to', async (t) => {
  const a = await startBackend(t, answers('a'))
  const { url } = await startGateway(t, { BACKENDS: `${a.url};name=a`, ADMIN_TOKEN: 'secret' })
  for (let i = 0; i < 10; i++) await send(url, { headers: { 'evenkeel-explain': `wrong ${i}` } })
  assert.equal((await send(url, { headers: { 'evenkeel-explain': 'secret' } })).headers['evenkeel-explain'], undefined)
})

test('a client that is kept by a cookie is explained so', async (t) => {
  const backends = await Promise.all(['a', 'b', 'c'].map((name) => startBackend(t, answers(name))))
  const { url, adminUrl } = await startGateway(t, { BACKENDS: backends.map(({ url }, i) => `${url};name=${'abc'[i]}`).join(), STICKY_COOKIE: 'stay' })
  const first = await send(url)
  const cookie = String(first.headers['set-cookie']).split(';')[0] ?? ''
  const { choice, reason } = JSON.parse((await send(`${adminUrl}/api/explain?header.cookie=${encodeURIComponent(cookie)}`)).body) as Shown
  assert.deepEqual([choice?.name, reason], [first.body, 'its cookie keeps it there'])
  assert.equal((await send(url, { headers: { cookie } })).body, first.body)
})
