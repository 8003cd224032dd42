import type { Server as HttpServer } from 'node:http'
import { Server } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { stillInFlight } from './leave.ts'
import type { LogLine } from './standing.ts'
import { pause } from './surroundings.ts'

export interface HandOverOptions {
  readonly clock: Clock
  /** When the wait for connections is over, on `clock`. */
  readonly endsAt: number
}

const pollMs = 20
/** How long a request may be on its way on a connection that the gateway does not use again. */
const settleMs = 100

/**
 * Leaves a port to the others that listen on it: stops to accept connections, has the gateways make theirs anew by `renew`, which
 * then lead to the others, and waits until those that are left have ended. Returns what is to be logged. Never rejects.
 */
export async function handOver (server: Server, renew: () => Promise<unknown>, options: HandOverOptions): Promise<LogLine | undefined> {
  const { clock, endsAt } = options
  // The close of an HTTP server would end idle connections as well, on which a request may be on its way.
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

/** By now they are those of other clients. */
async function endIdleConnections (server: Server): Promise<void> {
  // What has arrived is read first.
  await turn()
  if ('closeIdleConnections' in server) (server as HttpServer).closeIdleConnections()
}

function connectionsOf (server: Server): Promise<number> {
  return new Promise((resolve) => { server.getConnections((error, count) => { resolve(error === null ? count : 0) }) })
}
