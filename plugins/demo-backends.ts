import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { newEntry } from '../src/registry/store.ts'
import { startDemoFleet, stopDemoFleet, type DemoProcess } from '../src/demo/demo-fleet.ts'

const count = 3
const firstPort = 3000

/** Starts three demo backends outside production if no backends are configured. */
async function demoBackends (fastify: FastifyInstance) {
  const { config: { BACKENDS, NODE_ENV }, configFile } = fastify
  if (BACKENDS !== '' || configFile.path !== undefined) return
  let fleet: DemoProcess[] = []
  fastify.addHook('onReady', async () => {
    if (NODE_ENV === 'production') fastify.log.warn('BACKENDS is empty: requests get 503 until a backend registers')
    else fleet = await startFleet(fastify)
  })
  fastify.addHook('onClose', () => { stopDemoFleet(fleet) })
}

async function startFleet (fastify: FastifyInstance): Promise<DemoProcess[]> {
  fastify.log.warn(`BACKENDS is empty: starting ${count} demo backends to try the gateway with`)
  const fleet = await startDemoFleet(count, firstPort)
  for (const { name, port, child } of fleet) {
    const url = `http://127.0.0.1:${port}`
    fastify.registry.put(newEntry({ url, name: `server ${name}`, weight: 1 }, 'configured'), 'configured')
    fastify.log.warn(`demo backend "server ${name}" listens on ${url}, pid ${child.pid}`)
    child.once('exit', () => {
      if (child.connected) return
      fastify.log.warn(`demo backend "server ${name}" exited; to restart it: npm run demo:backend -- --port ${port} --name ${name}`)
    })
  }
  return fleet
}

export default fp(demoBackends, { name: 'demo-backends', dependencies: ['config', 'config-file', 'backend-registry'], fastify: '5.x' })
