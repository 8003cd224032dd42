import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { test } from 'node:test'
import { send } from '../helpers/client.ts'
import { spawnServer, type ServerProcess } from '../helpers/server-process.ts'
import { until } from '../helpers/until.ts'

interface DemoBackend {
  readonly name: string
  readonly url: string
  readonly port: number
  readonly pid: number
}

function demoBackends (server: ServerProcess): DemoBackend[] {
  return server.lines().flatMap(({ msg }) => {
    const [, name = '', url = '', port, pid] = /^demo backend "(.*)" listens on (http:\/\/127\.0\.0\.1:(\d+)), pid (\d+)$/.exec(msg) ?? []
    return port === undefined ? [] : [{ name, url, port: Number(port), pid: Number(pid) }]
  })
}

test('three demo backends start by themselves, from port 3000 on, and answer in turn', async (t) => {
  const server = spawnServer(t, {})
  const url = await server.url()
  const backends = demoBackends(server)
  assert.deepEqual(backends.map(({ name }) => name), ['server 1', 'server 2', 'server 3'])
  const ports = backends.map(({ port }) => port)
  assert.ok(ports.every((port, i) => port >= 3000 + i))
  assert.deepEqual(ports, [...ports].sort((a, b) => a - b))
  assert.equal(new Set(ports).size, 3)
  assert.equal((await server.line(/^BACKENDS is empty/)).level, 40)

  const bodies: string[] = []
  for (let i = 0; i < 4; i++) bodies.push((await send(url)).body)
  const first = Number(/\d/.exec(bodies[0] as string))
  assert.deepEqual(bodies, [0, 1, 2, 3].map((turn) => `Hello from server ${(first - 1 + turn) % 3 + 1}\n`))
  for (const path of ['/health', '/healthcheck']) assert.equal((await send(`${url}${path}`)).body, 'Server is healthy\n')
})

test('a demo backend that is killed under load costs no failed answer', async (t) => {
  const server = spawnServer(t, { HEALTH_CHECK_INTERVAL_MS: '50', HEALTH_CHECK_FALL: '1', ACCESS_LOG: 'false' })
  const url = await server.url()
  const agent = new Agent({ keepAlive: true })
  t.after(() => { agent.destroy() })
  const answers: string[] = []
  const end = new AbortController()
  async function ask (): Promise<void> {
    while (!end.signal.aborted) {
      const { status, body } = await send(url, { agent })
      answers.push(`${status} ${body.trim()}`)
    }
  }
  const loops = Promise.all(Array.from({ length: 8 }, ask))
  loops.catch(() => {})
  const second = demoBackends(server)[1]
  assert.ok(second)
  await until('answers', () => answers.length > 100)
  process.kill(second.pid, 'SIGKILL')
  await server.line(/^backend is unhealthy$/)
  const before = answers.length
  await until('more answers', () => answers.length > before + 100)
  end.abort()
  await loops
  assert.deepEqual([...new Set(answers)].sort(), [1, 2, 3].map((number) => `200 Hello from server ${number}`))
  assert.ok(answers.slice(before + 20).every((answer) => answer !== '200 Hello from server 2'))
  await server.line(/^demo backend "server 2" exited; to restart it: npm run demo:backend/)
})
