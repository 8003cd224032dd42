import type { Place, Role } from './forked.ts'
import type { Identity, Secrets } from './identity.ts'

/** What a child is told by its environment. */
export interface ChildEnvironment {
  readonly role: Role
  /** From 1; 0 for control. */
  readonly worker: number
  /** Counts from 1 with each reload. */
  readonly generation: number
  /** Where control and workers meet, for `linkAddress`. */
  readonly link: string
  /** To control: the link of the control whose place it takes; undefined where there is none. */
  readonly predecessor: string | undefined
  readonly gateway: string
  readonly secrets: Secrets
}

export function writeChildEnvironment (place: Place, link: string, identity: Identity): NodeJS.ProcessEnv {
  const { role, worker, generation, predecessor } = place
  return {
    EVENKEEL_ROLE: role,
    EVENKEEL_WORKER: String(worker),
    EVENKEEL_GENERATION: String(generation),
    EVENKEEL_LINK: link,
    EVENKEEL_PREDECESSOR: predecessor ?? '',
    EVENKEEL_GATEWAY: identity.gateway,
    EVENKEEL_SECRETS: JSON.stringify(identity.secrets)
  }
}

/** Undefined in a process that no supervisor has started. */
export function readChildEnvironment (env: NodeJS.ProcessEnv): ChildEnvironment | undefined {
  const { EVENKEEL_ROLE: role, EVENKEEL_LINK: link, EVENKEEL_PREDECESSOR: predecessor, EVENKEEL_GATEWAY: gateway } = env
  if ((role !== 'control' && role !== 'worker') || link === undefined || gateway === undefined) return undefined
  return {
    role,
    worker: Number(env['EVENKEEL_WORKER']),
    generation: Number(env['EVENKEEL_GENERATION']),
    link,
    predecessor: predecessor === '' ? undefined : predecessor,
    gateway,
    secrets: JSON.parse(env['EVENKEEL_SECRETS'] ?? '{}')
  }
}
