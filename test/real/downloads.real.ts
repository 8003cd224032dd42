import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startNginx } from './nginx.ts'
import { noise } from './noise.ts'
import { program } from './program.ts'
import { runWell } from './run.ts'
import { tempDir } from './temp-dir.ts'
import { ways, type Way } from './ways.ts'

/** So that a body comes whole with its head, in a few pieces, and in many. */
const files = { small: noise(2000), middle: noise(300_000), large: noise(5 * 2 ** 20) }
const disposition = 'attachment; filename="日本.bin"'

for (const way of Object.keys(ways) as Way[]) {
  test(`curl downloads files whose names are not ASCII from nginx ${way}`, { timeout: 120_000 }, async (t) => {
    const url = await ways[way](t, await startNginx(t, files, `add_header Content-Disposition '${disposition}';`))
    for (const [name, bytes] of Object.entries(files)) {
      const cwd = tempDir(t)
      const args = ['--disable', '--silent', '--show-error', '--max-time', '55', '-D', 'head', '-o', 'body']
      await runWell(program('curl'), [...args, `${url}/${name}`], { cwd })
      const head = readFileSync(join(cwd, 'head'), 'utf8')
      assert.match(head, /^HTTP\/1\.1 200 OK\r\n/, name)
      assert.ok(head.includes(`\r\nContent-Disposition: ${disposition}\r\n`), head)
      assert.equal(hashOf(readFileSync(join(cwd, 'body'))), hashOf(bytes), name)
    }
  })
}

function hashOf (bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
