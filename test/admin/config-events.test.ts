import assert from 'node:assert/strict'
import { test } from 'node:test'
import { send } from '../helpers/client.ts'
import { startWithFile } from '../helpers/config-gateway.ts'

test('a file that is refused, and one that is taken, are events: one for each content', async (t) => {
  const file = 'services: { web: {} }\nroutes: [{ service: web }]\n'
  const { app, adminUrl, write } = await startWithFile(t, file)
  const told: string[] = []
  app.services.events.subscribeToAll((event) => { told.push(event.type === 'config' ? event.state : event.type) })
  await write(file.replace('routes', 'rotues'))
  await app.configFile.reload()
  await app.configFile.reload()
  await write(`${file}# mended\n`)
  await app.configFile.reload()
  const { body } = await send(`${adminUrl}/api/events/last`)
  const events = JSON.parse(body) as Array<{ id: number, type: string, state: string, why: string }>
  const config = events.filter(({ type }) => type === 'config')
  assert.deepEqual(told, ['refused', 'in-force'])
  assert.deepEqual(config.map(({ state }) => state), ['refused', 'in-force'])
  assert.match(config[0]?.why ?? '', /evenkeel\.yaml:2:1: rotues is not known; did you mean "routes"\?$/)
  assert.equal(config[1]?.why, 'services: 1, routes: 1')
  assert.ok((config[1]?.id ?? 0) > (config[0]?.id ?? 0))
})
