import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { parseBackendUrl } from '../src/backends/backend.ts'
import { startDemoFleet, stopDemoFleet, type DemoProcess } from '../src/demo/demo-fleet.ts'

const count = 3
const firstPort = 3000

/** Starts three demo backends outside production if no backends are configured. */
async function demoBackends (fastify: FastifyInstance) {
  const { BACKENDS, NODE_ENV } = fastify.config
  if (BACKENDS !== '') return
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
    const url = parseBackendUrl(`http://127.0.0.1:${port}`) as URL
    fastify.registry.add({ url, name: `server ${name}`, weight: 1 })
    fastify.log.warn(`demo backend "server ${name}" listens on ${url.origin}, pid ${child.pid}`)
    child.once('exit', () => {
      if (child.connected) return
      fastify.log.warn(`demo backend "server ${name}" exited; to restart it: npm run demo:backend -- --port ${port} --name ${name}`)
    })
  }
  return fleet
}

export default fp(demoBackends, { name: 'demo-backends', dependencies: ['config', 'backend-registry'], fastify: '5.x' })
