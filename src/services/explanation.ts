import type { Backend } from '../backends/backend.ts'
import type { ManagedBackend } from './managed-backend.ts'
import type { Members } from './members.ts'
import type { OutlierJudge } from './outlier-judge.ts'
import type { Picker } from './picker.ts'
import type { RoutingFacts } from './routing-facts.ts'
import type { Rotation } from './rotation.ts'

/** Where a request would go now, and why not elsewhere. */
export interface Explanation {
  readonly backends: ReadonlyArray<{ readonly backend: Backend, readonly isCandidate: boolean, readonly reason: string }>
  /** Undefined: to none. For strategies that draw, one of those that it could be. */
  readonly choice: Backend | undefined
  /** The fraction of the requests that leaves the own zone. */
  readonly spillRatio: number
  /** Ejected ones are used, since nothing else is left. */
  readonly isFailingOpen: boolean
  /** The request would probe an ejected backend. */
  readonly isProbe: boolean
  /** The choice is the backend that the client was with before. */
  readonly isSticky: boolean
}

interface Insides {
  readonly members: Members
  readonly picker: Picker
  readonly outliers: OutlierJudge
}

export function explain (
  { members, picker, outliers }: Insides, facts: RoutingFacts, tried: readonly Backend[], nowMs: number
): Explanation {
  const { rotation } = members
  const { audience } = facts
  const isWelcome = facts.sticky !== undefined && audience?.has(facts.sticky.id) !== false
  const sticky = isWelcome ? members.get(facts.sticky.id) : undefined
  const due = sticky !== undefined && !tried.includes(sticky) && outliers.isDue(sticky) ? sticky : outliers.due(tried, audience)
  const backends = members.all().map((backend) => ({
    backend,
    isCandidate: rotation.members.has(backend) ? picker.isCandidate(backend, tried, audience) : backend === due,
    reason: reasonFor(backend, {
      rotation,
      isFull: picker.isFull(backend),
      isTried: tried.includes(backend),
      isDue: backend === due,
      isAudience: audience?.has(backend.id) !== false,
      nowMs
    })
  }))
  const isSticky = sticky !== undefined && rotation.members.has(sticky) && picker.isCandidate(sticky, tried)
  return {
    backends,
    choice: isSticky ? sticky : due ?? picker.peek(tried, facts.key, audience),
    spillRatio: rotation.spillRatio,
    isFailingOpen: rotation.isFailingOpen,
    isProbe: !isSticky && due !== undefined,
    isSticky
  }
}

interface Circumstances {
  readonly rotation: Rotation
  readonly isFull: boolean
  readonly isTried: boolean
  /** Its ejection is over, and the next request is the one that probes it. */
  readonly isDue: boolean
  /** It serves the route, as far as one has to. */
  readonly isAudience: boolean
  readonly nowMs: number
}

/** Why a backend is, or is not, among those that a request can go to: a sentence for an operator. */
function reasonFor (backend: ManagedBackend, circumstances: Circumstances): string {
  const { state, health: { ejection }, isBackup, lastCheck, inFlight } = backend
  const { rotation, isDue, isAudience, nowMs } = circumstances
  if (!isAudience) return 'does not announce this route'
  if (isDue) return 'ejected until now: the next request probes it'
  if (rotation.members.has(backend)) return reasonInRotation(backend, circumstances)
  switch (state) {
    case 'healthy': return isBackup ? 'a backup, and others are in rotation' : 'not in rotation'
    case 'unhealthy': return `unhealthy: ${lastCheck?.detail ?? 'no check has passed'}`
    case 'unchecked': return 'not checked yet'
    case 'ejected': {
      if (ejection.state !== 'ejected') return 'ejected'
      return `ejected for ${Math.ceil(Math.max(0, ejection.until - nowMs) / 1000)} s more: ${ejection.why}`
    }
    case 'probing': return 'ejected, while one request probes it'
    case 'draining': return `draining: ${inFlight} requests in flight`
    case 'drained': return 'drained'
    case 'maintenance': return 'in maintenance'
    default: return state satisfies never
  }
}

function reasonInRotation (backend: ManagedBackend, { rotation, isTried, isFull }: Circumstances): string {
  const { state, inFlight } = backend
  if (isTried) return 'in rotation, but it has already failed this request'
  if (isFull) return `in rotation, but full: ${inFlight} requests in flight`
  if (state === 'ejected') return 'ejected, but nothing else is left'
  if (state === 'unchecked') return 'not checked yet, but nothing else is up'
  if (!rotation.far.includes(backend)) return 'in rotation'
  if (rotation.spillRatio === 0) return 'in rotation, but in another zone'
  return `in rotation, for the ${Math.round(rotation.spillRatio * 100)} % of requests that leave this zone`
}
