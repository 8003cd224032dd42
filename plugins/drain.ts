import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/base/clock.ts'
import type { Listener } from '../src/downstream/listener.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Ends the gateway without losing a request: not ready, then no new connections, then requests in flight finish.
     * `delayMs`: how long it takes new connections all the same; by default SHUTDOWN_DELAY_MS. `partingMs`: how long connections without
     * a request are kept, at most half of SHUTDOWN_TIMEOUT_MS.
     */
    drain (delayMs?: number, partingMs?: number): Promise<void>
    readonly lifecycle: Lifecycle
  }
}

export interface Lifecycle {
  isDraining: boolean
}

/**
 * How long connections without a request are kept: closing one could race with a request in transit, so clients first get to hear,
 * with their next response, that their connection ends. And how long a client has that is sending a header block.
 */
const usualPartingMs = 250
const headMs = 1000

async function drainPlugin (fastify: FastifyInstance, { clock }: { clock: Clock }) {
  const lifecycle: Lifecycle = { isDraining: false }
  fastify.decorate('lifecycle', lifecycle)
  const { listener } = fastify

  // Connections that clients keep open do not delay the end. A drain gives tunnels their time and ends them itself.
  fastify.addHook('preClose', (done) => {
    if (!lifecycle.isDraining) {
      listener.drain()
      listener.closeTunnels()
    }
    done()
  })

  fastify.decorate('drain', async function drain (delayMs = fastify.config.SHUTDOWN_DELAY_MS, partingMs = usualPartingMs) {
    const { SHUTDOWN_TIMEOUT_MS } = fastify.config
    lifecycle.isDraining = true
    fastify.log.info({ delayMs, timeoutMs: SHUTDOWN_TIMEOUT_MS }, 'draining')
    if (delayMs > 0) await new Promise<void>((resolve) => { clock.after(delayMs, resolve) })

    listener.stopAccepting()
    const cancel = clock.after(SHUTDOWN_TIMEOUT_MS, () => {
      const requests = listener.busy
      if (requests > 0) {
        fastify.log.warn({ timeoutMs: SHUTDOWN_TIMEOUT_MS, requests }, 'requests in flight were cut: they did not finish in time')
      }
      listener.closeAllConnections()
    })
    await ended(listener, clock, Math.max(usualPartingMs, Math.min(partingMs, SHUTDOWN_TIMEOUT_MS / 2)))
    listener.drain()
    if (listener.awaited > 0) await ended(listener, clock, headMs)
    await fastify.close()
    cancel()
    fastify.log.info('drained')
  })
}

/** Resolves when no connection is left, and after `maxMs` at the latest. */
function ended (listener: Listener, clock: Clock, maxMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(maxMs, resolve)
    listener.whenClosed(() => {
      cancel()
      resolve()
    })
  })
}

export default fp(drainPlugin, { name: 'drain', dependencies: ['config', 'proxy'], fastify: '5.x' })
