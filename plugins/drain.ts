import { Server as NetServer } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/base/clock.ts'
import { ClientConnections } from '../src/downstream/client-connections.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Ends the gateway without losing a request: not ready, then no new connections, then requests in flight finish. */
    drain (): Promise<void>
    readonly lifecycle: Lifecycle
  }
}

export interface Lifecycle {
  isDraining: boolean
}

/** How long clients have to send a last request on kept connections, and how often to check for any that remain. */
const partingMs = 1000
const stepMs = 25

async function drainPlugin (fastify: FastifyInstance, { clock }: { clock: Clock }) {
  const lifecycle: Lifecycle = { isDraining: false }
  fastify.decorate('lifecycle', lifecycle)
  const connections = new ClientConnections(fastify.server, fastify.upgradedSockets, clock)

  // Connections that clients keep open do not delay the end. A drain gives tunnels their time and ends them itself.
  fastify.addHook('preClose', (done) => {
    if (!lifecycle.isDraining) {
      fastify.forwarder.endConnections()
      for (const socket of fastify.upgradedSockets) socket.destroy()
      connections.endWhenIdle()
    }
    done()
  })

  fastify.decorate('drain', async function drain () {
    const { SHUTDOWN_DELAY_MS, SHUTDOWN_TIMEOUT_MS } = fastify.config
    lifecycle.isDraining = true
    fastify.log.info({ delayMs: SHUTDOWN_DELAY_MS, timeoutMs: SHUTDOWN_TIMEOUT_MS }, 'draining')
    if (SHUTDOWN_DELAY_MS > 0) await new Promise<void>((resolve) => { clock.after(SHUTDOWN_DELAY_MS, resolve) })

    // Closing an idle connection could race with a request in transit, so clients are first told with their next response
    // that their connection ends. net's close, because http's would close idle connections.
    fastify.forwarder.endConnections()
    NetServer.prototype.close.call(fastify.server)
    const cancel = clock.after(SHUTDOWN_TIMEOUT_MS, () => {
      const requests = connections.busy
      if (requests > 0) {
        fastify.log.warn({ timeoutMs: SHUTDOWN_TIMEOUT_MS, requests }, 'requests in flight were cut: they did not finish in time')
      }
      connections.cut()
    })
    connections.endUnused(partingMs)
    for (let waitedMs = 0; waitedMs < partingMs && connections.idle > 0; waitedMs += stepMs) {
      await new Promise<void>((resolve) => { clock.after(stepMs, resolve) })
    }
    connections.endWhenIdle()
    await fastify.close()
    cancel()
    fastify.log.info('drained')
  })
}

export default fp(drainPlugin, { name: 'drain', dependencies: ['config', 'proxy'], fastify: '5.x' })
