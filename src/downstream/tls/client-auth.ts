import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { ByServerName } from './names.ts'

export type ClientAuth = 'none' | 'optional' | 'require'

/** Whether clients are asked for a certificate, and who may have signed it. */
export interface ClientPolicy {
  readonly auth: ClientAuth
  /** The authorities, as PEM; empty where nobody is asked. */
  readonly ca: string
  /** The same for policies that ask for the same. */
  readonly id: string
}

export function clientPolicy (auth: ClientAuth, ca: string): ClientPolicy {
  if (auth === 'none') return nobodyAsked
  return { auth, ca, id: `${auth} ${createHash('sha256').update(ca).digest('hex')}` }
}

export const nobodyAsked: ClientPolicy = { auth: 'none', ca: '', id: 'none' }

/** What is asked of clients, by the server name that they ask for. */
export class ClientPolicies {
  /** The same for all names. */
  readonly isUniform: boolean
  readonly all: readonly ClientPolicy[]
  readonly #byDefault: ClientPolicy
  readonly #byName = new ByServerName<ClientPolicy>()

  /** `byName`: where it is another than `byDefault`; names may be wildcards. */
  constructor (byDefault: ClientPolicy, byName: ReadonlyMap<string, ClientPolicy> = new Map()) {
    this.#byDefault = byDefault
    for (const [name, policy] of byName) this.#byName.set(name, policy)
    this.all = [byDefault, ...byName.values()]
    this.isUniform = this.all.every(({ id }) => id === byDefault.id)
  }

  of (serverName: string | undefined): ClientPolicy {
    return (serverName === undefined ? undefined : this.#byName.find(serverName)) ?? this.#byDefault
  }
}

const enforced = new WeakMap<object, ClientPolicy>()

/** Notes what the client of this connection was asked for in its handshake. */
export function noteEnforced (socket: Socket, policy: ClientPolicy): void {
  enforced.set(socket, policy)
}

/** What the client of this connection was asked for; undefined where there was no handshake. */
export function enforcedOn (socket: object): ClientPolicy | undefined {
  return enforced.get(socket)
}
