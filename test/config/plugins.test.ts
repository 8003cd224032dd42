import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { buildApp } from '../helpers/gateway.ts'
import { temporaryFolder } from '../helpers/server-process.ts'

async function pluginFile (text: string): Promise<string> {
  const path = join(await temporaryFolder(), 'gateway.mjs')
  await writeFile(path, text)
  return path
}

for (const [title, text, problem] of [
  ['throws when it is imported', "throw new Error('no database')", 'no database'],
  ['throws when it is registered', "export default async function () { throw new Error('no database') }", 'no database'],
  ['exports no function', 'export default 5', 'its default export is not a function (a Fastify plugin)'],
  ['has no default export', 'export const plugin = () => {}', 'its default export is not a function (a Fastify plugin)'],
  ['imports what is not there', "import 'no-such-package'", /no-such-package/],
  ['does not parse', 'export default (', /./]
] as const) {
  test(`a plugin that ${title} is named with the reason`, async (t) => {
    const path = await pluginFile(text)
    await assert.rejects(buildApp(t, { PLUGINS: path }), (error: Error) => {
      assert.equal(error.name, 'OperatorError')
      const start = `plugin ${path}: `
      assert.ok(error.message.startsWith(start))
      assert.ok(!error.message.includes('\n'))
      const reason = error.message.slice(start.length)
      if (typeof problem === 'string') assert.equal(reason, problem)
      else assert.match(reason, problem)
      return true
    })
  })
}

test('a plugin that is not there is named', async (t) => {
  await assert.rejects(buildApp(t, { PLUGINS: '/nowhere/gateway.js' }), { message: 'plugin /nowhere/gateway.js: there is no such file' })
})
