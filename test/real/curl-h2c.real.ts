import assert from 'node:assert/strict'
import { test } from 'node:test'
import { curl } from './curl.ts'
import { startHttpServer } from './http-server.ts'
import { ways } from './ways.ts'

const requests: Record<string, readonly string[]> = {
  GET: [],
  'POST -d': ['--data', 'x=1'],
  'POST with Expect': ['--data', 'x=1', '--header', 'Expect: 100-continue']
}

for (const [name, args] of Object.entries(requests)) {
  test(
    `curl --http2: a ${name} that asks for h2c is served in HTTP/1.1, and its backend hears nothing of h2c`,
    { timeout: 120_000 },
    async (t) => {
      const seen: unknown[] = []
      const { url } = await startHttpServer(t, (req, res) => {
        let body = ''
        req.setEncoding('utf8').on('data', (piece) => {
          body += String(piece)
        })
        req.on('end', () => {
          seen.push([req.headers.upgrade, req.headers['http2-settings']])
          res.end(`${req.method} ${body}`)
        })
      })
      const gateway = await ways['through the gateway'](t, url)
      const { body, status } = await curl(t, '--http2', ...args, `${gateway}/a`)
      assert.equal(status, 200)
      assert.equal(body, args.length === 0 ? 'GET ' : 'POST x=1')
      assert.deepEqual(seen, [[undefined, undefined]])
    }
  )
}
