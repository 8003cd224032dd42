import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertServes, attack, startTarget } from '../helpers/wire.ts'

/** None of these chooses where a connection goes: each reaches the one backend, with this path and this Host. */
const targets: Array<{ target: string, path: string, host: string }> = [
  { target: 'http://evil.example/x?y=1', path: '/x?y=1', host: 'evil.example' },
  { target: 'HTTPS://evil.example:81/x', path: '/x', host: 'evil.example:81' },
  { target: 'http://evil.example?y=1', path: '/?y=1', host: 'evil.example' },
  { target: 'http://evil.example', path: '/', host: 'evil.example' },
  { target: '//evil.example/x', path: '//evil.example/x', host: 'h' },
  { target: '/\\evil.example', path: '/\\evil.example', host: 'h' },
  { target: '/../../etc/passwd', path: '/../../etc/passwd', host: 'h' },
  { target: '/%2e%2e/%00?%', path: '/%2e%2e/%00?%', host: 'h' },
  { target: '/a//b/./c', path: '/a//b/./c', host: 'h' }
]

for (const { target, path, host } of targets) {
  test(`the target ${target} goes to the backend in rotation`, async (t) => {
    const { backend, gateway } = await startTarget(t)
    const received = await attack(gateway.port, `GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`)
    assert.match(received, /^HTTP\/1\.1 200 /)
    assert.deepEqual(backend.requests.map((req) => [req.url, req.headers.host]), [[path, host]])
    await assertServes(gateway)
  })
}
