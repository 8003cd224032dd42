// The effects of an action, in words, for its confirmation. Pure.
import { percent, plural } from './format.ts'
import { intendedShares, shareWithWeight } from './shares.ts'
import type { Backend } from '../admin/wire.ts'

export interface Question {
  readonly title: string
  readonly lines: readonly string[]
  /** The label of the button. */
  readonly action: string
  /** Whether every request would get 503 afterwards. */
  readonly isLast: boolean
}

export function askToDrain (backend: Backend, all: readonly Backend[]): Question {
  return {
    title: `Drain ${backend.name}?`,
    lines: [stopsLine(backend), ...lossLines(backend, all)],
    action: 'Drain',
    isLast: isLast(backend, all)
  }
}

export function askForMaintenance (backend: Backend, all: readonly Backend[]): Question {
  return {
    title: `Put ${backend.name} into maintenance?`,
    lines: [stopsLine(backend), 'It stays out until an operator sets it to ready.', ...lossLines(backend, all)],
    action: 'Maintenance',
    isLast: isLast(backend, all)
  }
}

export function askToRemove (backend: Backend, all: readonly Backend[]): Question {
  const lines = [
    backend.inFlight === 0 ? 'It is removed immediately.' : `${stopsLine(backend)} Then it is removed.`,
    ...lossLines(backend, all)
  ]
  if (backend.lease !== null) lines.push('If it keeps running, it stays away until it is added again or restarted.')
  return { title: `Remove ${backend.name}?`, lines, action: 'Remove', isLast: isLast(backend, all) }
}

/** The effect of another weight; undefined while the weight is invalid. */
export function weightOutlook (backend: Backend, all: readonly Backend[], weight: number): string | undefined {
  if (!Number.isInteger(weight) || weight < 1 || weight > 1000) return undefined
  if (!backend.inRotation) return 'It is not in rotation, so nothing changes now.'
  const before = percent(intendedShares(all).get(backend.id) ?? 0)
  const after = percent(shareWithWeight(all, backend.id, weight))
  return before === after
    ? `By weight it gets ${before} of requests, as now.`
    : `By weight it gets ${after} of requests instead of ${before}.`
}

function stopsLine ({ inFlight }: Backend): string {
  if (inFlight === 0) return 'No new requests go to it.'
  return `No new requests go to it; the ${plural(inFlight, 'request')} in flight may finish.`
}

function lossLines (backend: Backend, all: readonly Backend[]): string[] {
  if (!backend.inRotation) return ['It is not in rotation, so no traffic moves.']
  if (isLast(backend, all)) return ['It is the last backend in rotation: every request will get 503.']
  const others = all.filter((other) => other.inRotation && other.id !== backend.id)
  const part = percent(intendedShares(all).get(backend.id) ?? 0)
  const heirs = others.length === 1 ? others[0]?.name ?? '' : `the ${others.length} others in rotation`
  return [`Its ${part} of requests will go to ${heirs}.`]
}

function isLast (backend: Backend, all: readonly Backend[]): boolean {
  return backend.inRotation && all.every((other) => other.id === backend.id || !other.inRotation)
}
