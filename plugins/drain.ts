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

async function drainPlugin (fastify: FastifyInstance, { clock }: { clock: Clock }) {
  const lifecycle: Lifecycle = { isDraining: false }
  fastify.decorate('lifecycle', lifecycle)

  fastify.decorate('drain', async function drain () {
    const { SHUTDOWN_DELAY_MS, SHUTDOWN_TIMEOUT_MS } = fastify.config
    lifecycle.isDraining = true
    fastify.log.info({ delayMs: SHUTDOWN_DELAY_MS, timeoutMs: SHUTDOWN_TIMEOUT_MS }, 'draining')
    if (SHUTDOWN_DELAY_MS > 0) await new Promise<void>((resolve) => { clock.after(SHUTDOWN_DELAY_MS, resolve) })

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

export default fp(drainPlugin, { name: 'drain', dependencies: ['config', 'proxy'], fastify: '5.x' })
