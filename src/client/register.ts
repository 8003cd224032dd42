import { randomUUID } from 'node:crypto'
import { handOver } from './hand-over.ts'
import { stderrLog } from './log.ts'
import { Membership } from './membership.ts'
import { checkOptions, defaultDrainTimeoutMs, type RegisterOptions } from './options.ts'
import { realSurroundings, type Surroundings } from './surroundings.ts'

export interface Registered {
  /**
   * Tells the gateways that this backend leaves, and resolves when none of them has a request in flight here, or when
   * `drainTimeoutMs` is over. The server must serve until then. Where others serve the same url, it has stopped to listen by
   * then, and no connection leads to it, if the `server` was given. Never rejects.
   */
  drain (): Promise<void>
}

/**
 * Registers a backend with its gateways, in the background, until it is drained; keeps no process alive. Throws a
 * `TypeError` for options that cannot be used, and for nothing else.
 */
export function register (options: RegisterOptions, surroundings: Surroundings = realSurroundings): Registered {
  const gateways = checkOptions(options)
  if ((options.url ?? options.server) === undefined) throw new TypeError('evenkeel/client: the option "url" is missing: where the gateway reaches this backend (or "server")')
  // Not one for the process: what is registered twice leaves when both have left.
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
