import { Server as NetServer } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/clock.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Ends the gateway without losing a request: not ready, then no new connections, then what is in flight finishes. */
    drain (): Promise<void>
    readonly lifecycle: Lifecycle
  }
}

export interface Lifecycle {
  isDraining: boolean
}

/** How long clients that keep connections have to send a last request on them, and in which steps it is looked whether any is left. */
const partingMs = 1000
const stepMs = 25

async function drainPlugin (fastify: FastifyInstance, { clock }: { clock: Clock }) {
  const lifecycle: Lifecycle = { isDraining: false }
  fastify.decorate('lifecycle', lifecycle)

  fastify.decorate('drain', async function drain () {
    const { SHUTDOWN_DELAY_MS, SHUTDOWN_TIMEOUT_MS } = fastify.config
    lifecycle.isDraining = true
    fastify.log.info({ delayMs: SHUTDOWN_DELAY_MS, timeoutMs: SHUTDOWN_TIMEOUT_MS }, 'draining')
    if (SHUTDOWN_DELAY_MS > 0) await new Promise<void>((resolve) => { clock.after(SHUTDOWN_DELAY_MS, resolve) })

    // Ending an idle connection would cross with a request that is on its way: first the clients are told, with their next
    // response, that their connection ends. Of net's, since http's close would end the idle ones.
    fastify.forwarder.endConnections()
    NetServer.prototype.close.call(fastify.server)
    for (let waitedMs = 0; waitedMs < partingMs && await connectionsOf(fastify.server) > fastify.forwarder.openExchanges; waitedMs += stepMs) {
      await new Promise<void>((resolve) => { clock.after(stepMs, resolve) })
    }

    const cancel = clock.after(SHUTDOWN_TIMEOUT_MS, () => {
      fastify.log.warn({ timeoutMs: SHUTDOWN_TIMEOUT_MS }, 'requests in flight are cut: they did not finish in time')
      fastify.server.closeAllConnections()
      for (const socket of fastify.upgradedSockets) socket.destroy()
    })
    // `close` ends the connections that are idle then; those that become idle later would wait for their keep-alive time.
    fastify.exchangeListeners.add(() => { fastify.server.closeIdleConnections() })
    await fastify.close()
    cancel()
    fastify.log.info('drained')
  })
}

function connectionsOf (server: NetServer): Promise<number> {
  return new Promise((resolve) => { server.getConnections((_error, count) => { resolve(count) }) })
}

export default fp(drainPlugin, { name: 'drain', dependencies: ['config', 'proxy'], fastify: '5.x' })
