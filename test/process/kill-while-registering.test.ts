import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { send } from '../helpers/client.ts'
import { spawnServer, temporaryFolder } from '../helpers/server-process.ts'

test('kill -9 in the middle of changes loses nothing that was answered', async (t) => {
  const file = join(await temporaryFolder(), 'registry.json')
  const acknowledged = new Set<string>()
  let next = 20_000
  for (let round = 0; round < 5; round++) {
    const server = spawnServer(t, { NODE_ENV: 'production', REGISTRY_FILE: file, HEALTH_CHECK_TIMEOUT_MS: '100' })
    const adminUrl = await server.adminUrl()
    const known = JSON.parse((await send(`${adminUrl}/api/backends`)).body).map(({ url }: { url: string }) => url)
    for (const url of acknowledged) assert.ok(known.includes(url), `${url} is back in round ${round}`)

    // Each ends when the gateway is killed; what it answers before that is judged here, where it is seen.
    const statuses = new Set<number>()
    await Promise.all(Array.from({ length: 4 }, async () => {
      for (;;) {
        const url = `http://127.0.0.1:${next++}`
        const sent = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ url }) }
        const answer = await send(`${adminUrl}/api/backends`, sent).catch(() => undefined)
        if (answer === undefined) return
        statuses.add(answer.status)
        if (answer.status !== 201) return
        acknowledged.add(url)
        // After some changes, whenever that is, in the middle of others.
        if (acknowledged.size >= (round + 1) * 10) process.kill(server.pid, 'SIGKILL')
      }
    }))
    assert.deepEqual([...statuses], [201])
    await server.exited
    assert.ok(Array.isArray(JSON.parse(await readFile(file, 'utf8')).registered))
  }
  assert.ok(acknowledged.size >= 50)
})
