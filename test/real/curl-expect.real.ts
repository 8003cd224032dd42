import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { curl, type CurlResult } from './curl.ts'
import { noise } from './noise.ts'
import { tempDir } from './temp-dir.ts'
import { apacheTarget, nodeTarget } from './upload-targets.ts'
import { ways, type Way } from './ways.ts'

const body = noise(5 * 2 ** 20)
const bodyHash = createHash('sha256').update(body).digest('hex')
const targets = { "Apache's mod_dav": apacheTarget, "Node's server": nodeTarget }

for (const [name, startTarget] of Object.entries(targets)) {
  for (const way of Object.keys(ways) as Way[]) {
    test(`curl uploads with Expect to ${name} ${way}`, { timeout: 120_000 }, async (t) => {
      const target = await startTarget(t)
      const url = await ways[way](t, target.url)
      const file = join(tempDir(t), 'upload.bin')
      writeFileSync(file, body)
      const upload = (path: string, ...args: string[]) => curl(t, ...args, '-H', 'Expect: 100-continue', '-T', file, `${url}${path}`)

      // First, so that what comes next would meet a connection on which a body is still owed.
      await t.test('curl learns of a 413 without sending the body', async (t) => {
        const result = await upload('/small/sized')
        assert.deepEqual(result.answers, ['HTTP/1.1 413'])
        assert.equal(result.sentBytes, 0)
        assertQuick(result)
        assert.equal(target.hashOf('/small/sized'), undefined)
        t.diagnostic(`413 after ${Math.round(result.durationMs)} ms, no byte of the body sent`)
      })

      for (const [path, ...args] of [['/files/sized'], ['/files/chunked', '-H', 'Transfer-Encoding: chunked']] as const) {
        await t.test(`curl sends ${path} after the 100, at once`, async (t) => {
          const result = await upload(path, ...args)
          assert.deepEqual(result.answers, ['HTTP/1.1 100', 'HTTP/1.1 201'])
          assertQuick(result)
          assert.equal(target.hashOf(path), bodyHash)
          t.diagnostic(`100 and 201 after ${Math.round(result.durationMs)} ms, ${body.length} bytes with the same SHA-256 at the server`)
        })
      }
    })
  }
}

/** Without an answer to `Expect`, curl would have waited for 30 s before it sent the body anyhow. */
function assertQuick (result: CurlResult): void {
  assert.ok(result.durationMs < 10_000, `took ${result.durationMs} ms`)
}
