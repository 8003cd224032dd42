import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from '../helpers/until.ts'

interface Run {
  readonly stdout: () => string
  readonly stderr: () => string
  readonly exitCode: Promise<number | null>
  readonly end: () => void
}

/** Runs a file of examples/grpc/, seen from dist/test/grpc/. */
function run (t: TestContext, file: string, ...args: string[]): Run {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`../../../examples/grpc/${file}`, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  t.after(() => { child.kill('SIGKILL') })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (piece) => { stdout += piece })
  child.stderr.setEncoding('utf8').on('data', (piece) => { stderr += piece })
  const exitCode = new Promise<number | null>((resolve) => { child.once('close', resolve) })
  return { stdout: () => stdout, stderr: () => stderr, exitCode, end: () => { child.kill('SIGTERM') } }
}

test('the client of the example greets its server, in one language and in all', async (t) => {
  const server = run(t, 'server.js', '0')
  const target = await until('the server to listen', () => /listens on (\S+)\n/.exec(server.stdout())?.[1])
  const name = `Ada ${'x'.repeat(200)}`
  const client = run(t, 'client.js', target, name)
  assert.deepEqual([await client.exitCode, client.stderr()], [0, ''])
  const greetings = ['Hello', 'Hello', 'Hello', 'Hello', 'Hello', 'Bonjour', 'Guten Tag', 'Hola', 'Ciao']
  assert.deepEqual(client.stdout().trimEnd().split('\n'), greetings.map((greeting) => `${greeting} ${name}, from ${target}`))
  server.end()
  assert.deepEqual([await server.exitCode, server.stderr()], [0, ''])
  const late = run(t, 'client.js', target)
  assert.equal(await late.exitCode, 1)
  assert.match(late.stderr(), /^status 14: /)
})
