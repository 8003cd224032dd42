import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { packageVersion } from '../../src/base/package-version.ts'
import { send } from '../helpers/client.ts'
import { spawnServer, temporaryFolder } from '../helpers/server-process.ts'

interface Ended { readonly code: number | null, readonly stdout: string, readonly stderr: string }

async function run (t: TestContext, args: string[], settings: Record<string, string> = {}, cwd?: string): Promise<Ended> {
  const server = spawnServer(t, { NODE_ENV: 'production', ...settings }, cwd, undefined, args)
  const { code } = await server.exited
  return { code, stdout: server.stdout(), stderr: server.stderr() }
}

async function pluginFile (name: string, text: string): Promise<string> {
  const path = join(await temporaryFolder(), name)
  await writeFile(path, text)
  return path
}

test('--help shows all options and starts nothing', async (t) => {
  const { code, stdout, stderr } = await run(t, ['--help'])
  assert.deepEqual([code, stderr], [0, ''])
  for (const option of ['--check', '--env-file', '--plugin', '--help', '--version']) assert.match(stdout, new RegExp(option))
})

test('--version shows the version of the package', async (t) => {
  assert.deepEqual(await run(t, ['--version']), { code: 0, stdout: `${packageVersion}\n`, stderr: '' })
})

test('an option that does not exist: exit code 2 and one line', async (t) => {
  assert.deepEqual(await run(t, ['--bogus']), {
    code: 2,
    stdout: '',
    stderr: 'evenkeel: there is no option --bogus; see evenkeel --help\n'
  })
})

test('--check says what would run, and ends with 0', async (t) => {
  const { code, stdout, stderr } = await run(t, ['--check'], {
    BACKENDS: 'http://10.0.0.1:3000;weight=2',
    PORT: '8080',
    BALANCER: 'random'
  })
  assert.deepEqual([code, stderr], [0, ''])
  assert.equal(stdout, [
    'the settings are valid; this would run:',
    'traffic listener: http://127.0.0.1:8080',
    'admin listener: http://127.0.0.1:0',
    'balancer: random',
    'backend: 10.0.0.1:3000, http://10.0.0.1:3000, weight 2, configured',
    ''
  ].join('\n'))
})

test('--check without backends speaks of the demo backends and starts none', async (t) => {
  const { code, stdout } = await run(t, ['--check'], { NODE_ENV: 'development' })
  assert.equal(code, 0)
  assert.match(stdout, /^backends: three demo backends$/m)
})

test('--check of a setting that cannot be used: exit code 1 and one line', async (t) => {
  assert.deepEqual(await run(t, ['--check'], { PORT: 'abc' }),
    { code: 1, stdout: '', stderr: 'evenkeel: PORT=abc is not valid: expected an integer from 0 to 65535\n' })
})

test('--env-file reads that file instead of .env', async (t) => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, '.env'), 'BALANCER=random\n')
  await writeFile(join(folder, 'other.env'), 'BALANCER=least-latency\n')
  assert.match((await run(t, ['--check'], {}, folder)).stdout, /^balancer: random$/m)
  assert.match((await run(t, ['--check', '--env-file', 'other.env'], {}, folder)).stdout, /^balancer: least-latency$/m)
})

test('--env-file is read by our own rules, though Node.js reads it too', async (t) => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'other.env'), 'ADMIN_TOKEN=0123456789#abcdef\nBACKENDS=http://a#b\n')
  const { stderr } = await run(t, ['--check', '--env-file', 'other.env'], {}, folder)
  assert.match(stderr, /^evenkeel: BACKENDS=http:\/\/a#b is not valid/)
})

test('--env-file that is not there stops the start with one line', async (t) => {
  const { code, stdout, stderr } = await run(t, ['--env-file', '/nowhere/.env'])
  // Node.js 20 looks for --env-file behind the name of the program too, and ends by itself.
  assert.ok(code === 1 || code === 9)
  assert.equal(stdout, '')
  assert.match(stderr, /^[^\n]*\/nowhere\/\.env: [^\n]*\n$/)
})

for (const [name, text] of [
  ['gateway.mjs', "export default async function (app) { app.get('/own', () => 'mine') }"],
  ['gateway.cjs', "module.exports = async function (app) { app.get('/own', () => 'mine') }"]
] as const) {
  test(`--plugin takes ${name}`, async (t) => {
    const server = spawnServer(t, { NODE_ENV: 'production' }, undefined, undefined, ['--plugin', await pluginFile(name, text)])
    assert.equal((await send(`${await server.url()}/own`)).body, 'mine')
  })
}

test('PLUGINS names plugins too', async (t) => {
  const path = await pluginFile('gateway.mjs', "export default async function (app) { app.get('/own', () => 'mine') }")
  const server = spawnServer(t, { NODE_ENV: 'production', PLUGINS: path })
  assert.equal((await send(`${await server.url()}/own`)).body, 'mine')
})

test('a plugin that throws stops the start with one line', async (t) => {
  const path = await pluginFile('gateway.mjs', "throw new Error('no database')")
  assert.deepEqual(await run(t, ['--plugin', path]), { code: 1, stdout: '', stderr: `evenkeel: plugin ${path}: no database\n` })
})

test('--check ends though a plugin has begun something', async (t) => {
  const path = await pluginFile('gateway.mjs', 'export default async function () { setInterval(() => {}, 1000) }')
  assert.equal((await run(t, ['--check', '--plugin', path])).code, 0)
})

test('a plugin that never finishes: exit code 13 and one line', async (t) => {
  const path = await pluginFile('gateway.mjs', 'export default function (app, options, done) {}')
  const { code, stderr } = await run(t, ['--plugin', path])
  assert.equal(code, 13)
  assert.match(stderr, /evenkeel: the start did not finish: a plugin is waiting for something that never happens\n/)
})
