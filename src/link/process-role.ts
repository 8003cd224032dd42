import { availableParallelism } from 'node:os'

/** What belongs to the gateway and not to one of its processes. */
export interface GatewaySecrets {
  /** Names the gateway in `Via`: by that a loop is found. */
  readonly gateway: string
  /** Signs the cookies of sticky sessions where the operator says no secret. */
  readonly sticky: string
  /** Makes the keys of TLS session tickets where the operator says no secret. */
  readonly tickets: string
}

/**
 * What one process does: everything, or with WORKERS one of the two parts. `link`: the socket between these; `predecessor`: that of the
 * control whose place this one takes.
 */
export type ProcessRole =
  | { readonly type: 'alone' }
  /** Decides: checks, leases, ejections, the admin API, the files. */
  | { readonly type: 'control', readonly link: string, readonly predecessor: string | undefined, readonly secrets: GatewaySecrets }
  /** Carries out: it has the traffic. `number`: from 1 on. */
  | { readonly type: 'worker', readonly link: string, readonly secrets: GatewaySecrets, readonly number: number, readonly pid: number }

/** How many workers WORKERS asks for. */
export function workersOf (setting: number): number {
  return setting === 0 ? availableParallelism() : setting
}

export function secretsOf (role: ProcessRole): GatewaySecrets | undefined {
  return role.type === 'alone' ? undefined : role.secrets
}
