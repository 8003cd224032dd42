import type { Server as HttpServer } from 'node:http'
import { Server } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { stillInFlight } from './leave.ts'
import type { LogLine } from './standing.ts'
import { pause } from './surroundings.ts'

export interface HandOverOptions {
  readonly clock: Clock
  /** When to stop waiting for connections, on `clock`. */
  readonly endsAt: number
}

const pollMs = 20
/** How long a request may still be in transit on a connection that the gateway no longer uses. */
const settleMs = 100

/**
 * Leaves a port to the other processes that listen on it: stops accepting connections, makes the gateways reconnect (`renew`),
 * which leads them to the other processes, and waits until the remaining connections have ended. Returns what to log. Never
 * rejects.
 */
export async function handOver (server: Server, renew: () => Promise<unknown>, options: HandOverOptions): Promise<LogLine | undefined> {
  const { clock, endsAt } = options
  // http.Server.close would also end idle connections, on which a request may be in transit.
  if (server.listening) Server.prototype.close.call(server)
  await renew()
  const settledAt = clock.now() + settleMs
  for (;;) {
    const connections = await connectionsOf(server)
    if (connections === 0) return undefined
    if (clock.now() >= endsAt) return stillInFlight({ connections })
    if (clock.now() >= settledAt) await endIdleConnections(server)
    await pause(clock, pollMs)
  }
}

/** The connections that are left by now belong to other clients. */
async function endIdleConnections (server: Server): Promise<void> {
  // First read what has arrived.
  await turn()
  if ('closeIdleConnections' in server) (server as HttpServer).closeIdleConnections()
}

function connectionsOf (server: Server): Promise<number> {
  return new Promise((resolve) => { server.getConnections((error, count) => { resolve(error === null ? count : 0) }) })
}
