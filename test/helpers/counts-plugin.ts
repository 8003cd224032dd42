import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { countsOf, type WorkerState } from './counts.ts'

/**
 * An owner's plugin for the processes of a test. By sockets in the folder TEST_COUNTS, a worker tells its state to all that connect, and
 * control reads the configuration file again.
 */
export default async function countsPlugin (fastify: FastifyInstance): Promise<void> {
  const { role, configFile, services } = fastify
  const folder = process.env['TEST_COUNTS']
  if (role.type === 'alone' || folder === undefined) return
  const answer = async (): Promise<object> => {
    if (role.type === 'control') return await configFile.reload()
    const checked = services.backends().filter(({ state }) => state !== 'unchecked').map(({ url }) => url.host)
    return { checked, counts: countsOf(fastify) } satisfies WorkerState
  }
  const server = createServer((socket) => {
    socket.on('error', () => {})
    answer().then((state) => { socket.end(JSON.stringify(state)) }, () => { socket.destroy() })
  })
  server.listen(join(folder, role.type === 'worker' ? `worker-${role.number}` : 'control'))
  await once(server, 'listening')
  server.unref()
}
