import { Membership } from './membership.ts'
import { checkOptions, type RegisterOptions } from './options.ts'
import { realSurroundings, type Surroundings } from './surroundings.ts'

export interface Registered {
  /**
   * Tells the gateways that this backend leaves, and resolves when none of them has a request in flight here, or when
   * `drainTimeoutMs` is over. The server must serve until then. Never rejects.
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
  const memberships = gateways.map((gateway) => new Membership(gateway, options, surroundings))
  let drained: Promise<void> | undefined
  return {
    drain: () => (drained ??= Promise.all(memberships.map((membership) => membership.drain())).then(() => {}))
  }
}
