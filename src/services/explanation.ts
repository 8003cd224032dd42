import type { Backend } from '../backends/backend.ts'
import type { Rotation } from './rotation.ts'

/** Where a request would go now, and why not elsewhere. */
export interface Explanation {
  readonly backends: ReadonlyArray<{ readonly backend: Backend, readonly isCandidate: boolean, readonly reason: string }>
  /** Undefined: to none. For strategies that draw, one of those that it could be. */
  readonly choice: Backend | undefined
  /** The share of the requests that leaves the own zone. */
  readonly spillRatio: number
  /** Ejected ones are used, since nothing else is left. */
  readonly isFailingOpen: boolean
  /** The request would probe an ejected backend. */
  readonly isProbe: boolean
  /** The choice is the backend that the client was with before. */
  readonly isSticky: boolean
}

interface Circumstances {
  readonly rotation: Rotation
  readonly isFull: boolean
  readonly isTried: boolean
  /** Its ejection is over, and the next request is the one that probes it. */
  readonly isDue: boolean
  readonly nowMs: number
}

/** Why a backend is, or is not, among those that a request can go to: a sentence for an operator. */
export function reasonFor (backend: Backend, { rotation, isFull, isTried, isDue, nowMs }: Circumstances): string {
  const { state, passive: { ejection }, isBackup, lastCheck, inFlight } = backend
  if (isDue) return 'ejected until now: the next request probes it'
  if (rotation.all.includes(backend)) {
    if (isTried) return 'in rotation, but it has already failed this request'
    if (isFull) return `in rotation, but full: ${inFlight} requests in flight`
    if (state === 'ejected') return 'ejected, but nothing else is left'
    if (state === 'unchecked') return 'not checked yet, but nothing else is up'
    if (rotation.far.includes(backend)) {
      return rotation.spillRatio > 0 ? `in rotation, for the ${Math.round(rotation.spillRatio * 100)} % of requests that leave this zone` : 'in rotation, but in another zone'
    }
    return 'in rotation'
  }
  switch (state) {
    case 'healthy': return isBackup ? 'a backup, and others are in rotation' : 'not in rotation'
    case 'unhealthy': return `unhealthy: ${lastCheck?.detail ?? 'no check has passed'}`
    case 'unchecked': return 'not checked yet'
    case 'ejected': return ejection.state === 'ejected' ? `ejected for ${Math.ceil(Math.max(0, ejection.until - nowMs) / 1000)} s more: ${ejection.why}` : 'ejected'
    case 'probing': return 'ejected, while one request probes it'
    case 'draining': return `draining: ${inFlight} requests in flight`
    case 'drained': return 'drained'
    case 'maintenance': return 'in maintenance'
    default: return state satisfies never
  }
}
