import { randomUUID } from 'node:crypto'
import { handOver } from './hand-over.ts'
import { stderrLog } from './log.ts'
import { Membership } from './membership.ts'
import { checkOptions, defaultDrainTimeoutMs, type RegisterOptions } from './options.ts'
import { realSurroundings, type Surroundings } from './surroundings.ts'

export interface Registered {
  /**
   * Tells the gateways that this backend is leaving, and resolves when none of them has a request in flight here, or after
   * `drainTimeoutMs`. The server must keep serving until then. If other processes serve the same url and the `server` was
   * given, it has stopped listening by then, and no connection leads to it. Never rejects.
   */
  drain (): Promise<void>
}

/**
 * Registers a backend with its gateways in the background until it is drained. Does not keep the process alive. Throws a
 * `TypeError` for invalid options, and nothing else.
 */
export function register (options: RegisterOptions, surroundings: Surroundings = realSurroundings): Registered {
  const gateways = checkOptions(options)
  if ((options.url ?? options.server) === undefined) {
    throw new TypeError('evenkeel/client: the option "url" is missing: where the gateway reaches this backend (or "server")')
  }
  // Not one per process: a backend that is registered twice leaves when both have left.
  const instance = randomUUID()
  const memberships = gateways.map((gateway) => new Membership(gateway, options, instance, surroundings))

  async function drain (): Promise<void> {
    const { server, drainTimeoutMs = defaultDrainTimeoutMs, log = stderrLog } = options
    const endsAt = surroundings.clock.now() + drainTimeoutMs
    const isShared = await Promise.all(memberships.map((membership) => membership.drain()))
    if (server === undefined || !isShared.includes(true)) return
    const renew = (): Promise<unknown> => Promise.all(memberships.map((membership) => membership.leaveConnections()))
    const logLine = await handOver(server, renew, { clock: surroundings.clock, endsAt })
    if (logLine !== undefined) log[logLine.level](logLine.fields, logLine.msg)
  }

  let drained: Promise<void> | undefined
  return { drain: () => (drained ??= drain()) }
}
