import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { answers, startBackend } from '../helpers/backend.ts'
import { startWithFile } from '../helpers/config-gateway.ts'
import { startGateway } from '../helpers/gateway.ts'
import { attack } from '../helpers/wire.ts'

/** Services `web` and `admin`, with a guard before `admin` and what hooks have seen. */
async function start (t: TestContext, own?: (app: FastifyInstance) => void) {
  const [web, admin] = [await startBackend(t, answers('web')), await startBackend(t, answers('admin'))]
  const file = (path: string): string => `
services: { web: { backends: ["${web.url}"] }, admin: { backends: ["${admin.url}"] } }
routes: [{ host: a.test, service: web }, { name: admin, host: a.test, path: ${path}, service: admin }]
`
  const seen: Array<string | undefined> = []
  const plugin = async (app: FastifyInstance): Promise<void> => {
    app.addHook('onRequest', async (request, reply) => {
      const { evenkeelRoute } = request
      seen.push(evenkeelRoute?.name ?? evenkeelRoute?.match.path)
      if (evenkeelRoute?.name === 'admin') return await reply.code(403).send('no')
    })
    own?.(app)
  }
  const gateway = await startWithFile(t, file('/admin'), {}, { plugins: [fp(plugin)] })
  const ask = async (path: string, host = 'a.test'): Promise<string> => {
    const answer = await attack(gateway.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    return `${answer.slice(9, 12)} ${answer.slice(answer.indexOf('\r\n\r\n') + 4, answer.indexOf('\r\n\r\n') + 24)}`
  }
  return { ...gateway, ask, seen, file }
}

test('a guard sees the route before the request is forwarded, and by inject', async (t) => {
  const { app, ask, seen } = await start(t)
  assert.equal(await ask('/x'), '200 web')
  assert.equal(await ask('/admin/x'), '403 no')
  assert.match(await ask('/admin%2Fx'), /^400 /)
  assert.match(await ask('/x', 'b.test'), /^404 /)
  assert.deepEqual(seen, ['/', 'admin', undefined, undefined])
  assert.equal((await app.inject({ url: '/admin', headers: { host: 'a.test' } })).statusCode, 403)
  assert.equal((await app.inject({ url: '/x', headers: { host: 'a.test' } })).body, 'web')
})

test('what a guard has seen is what is used, though the file is reloaded meanwhile', async (t) => {
  let reload = async (): Promise<void> => {}
  const { app, ask, write, file } = await start(t, (owned) => { owned.addHook('preHandler', async () => { await reload() }) })
  reload = async () => {
    await write(file('/x'))
    await app.configFile.reload()
  }
  assert.equal(await ask('/x'), '200 web')
  assert.equal(await ask('/x'), '403 no')
})

test('a request whose url a hook has changed takes the route of what it is then', async (t) => {
  const { ask } = await start(t, (owned) => { owned.addHook('preHandler', async ({ raw }) => { raw.url = '/admin' }) })
  assert.equal(await ask('/x'), '200 admin')
})

test('without a file all requests have the one route', async (t) => {
  const seen: unknown[] = []
  const web = await startBackend(t, answers('web'))
  const plugin = fp(async (app) => { app.addHook('onSend', async ({ evenkeelRoute }) => { seen.push(evenkeelRoute?.source) }) })
  const { url } = await startGateway(t, { BACKENDS: web.url }, { plugins: [plugin] })
  assert.equal(await (await fetch(url)).text(), 'web')
  assert.deepEqual(seen, ['implicit'])
})
