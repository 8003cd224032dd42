import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBackend } from '../helpers/backend.ts'
import { send } from '../helpers/client.ts'
import { startGateway } from '../helpers/gateway.ts'

const paths = {
  'with everything that a normalizer would change': '/a%2Fb//c/../d?x=%zz&&',
  'with an escape that is none': '/%zz',
  'with an escape that is no UTF-8': '/%ff',
  'that begins with two slashes': '//host.example/x',
  'that ends with dots': '/a/./b/..',
  'with a query that is empty': '/?',
  'with a second question mark': '/?a=?&b=??',
  'with characters that a url would escape': '/a|b"c<d>{e}^`?q=[x]|\'y\'',
  'with a semicolon': '/a;v=1/b;v=2?x;y',
  'of an admin listener': '/api/backends?token=1',
  'of 10 KiB': `/${'0123456789abcdef'.repeat(640)}`
}

for (const [what, path] of Object.entries(paths)) {
  test(`a path ${what} reaches the backend byte for byte`, async (t) => {
    const backend = await startBackend(t, (req, res) => { res.end(req.url) })
    const { url } = await startGateway(t, { BACKENDS: backend.url })
    assert.equal((await send(url, { path })).body, path)
  })
}

test('the gateway shadows no path, whatever its admin listener has', async (t) => {
  const backend = await startBackend(t, (req, res) => { res.end('from the backend') })
  const { url } = await startGateway(t, { BACKENDS: backend.url })
  for (const path of ['/livez', '/readyz', '/metrics', '/api/backends', '/favicon.ico', '/*', '/:id']) {
    assert.equal((await send(url, { path })).body, 'from the backend', path)
  }
})
