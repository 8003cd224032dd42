// States and events in words. Pure.
import type { Backend, BackendState, GatewayEvent, TransitionEvent } from '../admin/wire.ts'

/** Decides the colour and icon. */
export type Tone = 'good' | 'bad' | 'warning' | 'calm'

export interface StateWords {
  readonly label: string
  readonly tone: Tone
  /** The id of the icon in index.html: each has a different shape, so that colour is never the only difference. */
  readonly icon: string
}

export const stateWords: Readonly<Record<BackendState, StateWords>> = {
  unchecked: { label: 'Not checked', tone: 'calm', icon: 'i-unchecked' },
  healthy: { label: 'Healthy', tone: 'good', icon: 'i-healthy' },
  unhealthy: { label: 'Unhealthy', tone: 'bad', icon: 'i-unhealthy' },
  ejected: { label: 'Ejected', tone: 'bad', icon: 'i-ejected' },
  probing: { label: 'Probing', tone: 'warning', icon: 'i-probing' },
  draining: { label: 'Draining', tone: 'warning', icon: 'i-draining' },
  drained: { label: 'Drained', tone: 'calm', icon: 'i-drained' },
  maintenance: { label: 'Maintenance', tone: 'calm', icon: 'i-maintenance' }
}

/** An unknown state, from a newer gateway, is shown as it is. */
export function wordsOfState (state: string): StateWords {
  return (stateWords as Readonly<Record<string, StateWords>>)[state] ?? { label: state, tone: 'calm', icon: 'i-unchecked' }
}

/** The event as it follows the name of the backend, without the evidence: "was ejected". */
export function happened (event: GatewayEvent): string {
  switch (event.type) {
    case 'join': return 'joined'
    case 'leave': return 'left'
    case 'change': return 'was changed'
    case 'config': return event.state === 'refused' ? 'was refused, what it said before stays' : 'is in force'
    case 'transition': return becameWords(event)
    default: return event satisfies never
  }
}

function becameWords ({ from, to }: TransitionEvent): string {
  switch (to) {
    case 'healthy': return returnWords(from)
    case 'unhealthy': return 'failed its health checks'
    case 'ejected': return 'was ejected'
    case 'probing': return 'is being probed'
    case 'draining': return 'is draining'
    case 'drained': return 'is drained'
    case 'maintenance': return 'went into maintenance'
    case 'unchecked': return 'is waiting for its first check'
    default: return `is ${to satisfies never}`
  }
}

function returnWords (from: BackendState): string {
  switch (from) {
    case 'unchecked': return 'is healthy'
    case 'draining': case 'drained': case 'maintenance': return 'is back'
    default: return 'is healthy again'
  }
}

/** The evidence; changes get an arrow between the old and the new value. */
export function evidence ({ why }: Pick<GatewayEvent, 'why'>): string {
  return why === 'operator' ? 'by an operator' : why.replaceAll(' > ', ' → ')
}

/** What an event is about: the name of the backend, with that of its service where that is not the only one. */
export function subjectOf (event: GatewayEvent): string {
  if (event.type === 'config') return 'The configuration file'
  return event.service === 'default' ? event.name : `${event.service} ${event.name}`
}

/** "server 2 was ejected: 5 failures in a row, last: connection refused". */
export function sentence (event: GatewayEvent): string {
  const why = evidence(event)
  return `${subjectOf(event)} ${happened(event)}${why === '' ? '' : `: ${why}`}`
}

export function toneOf (event: GatewayEvent): Tone {
  switch (event.type) {
    case 'transition': return wordsOfState(event.to).tone
    case 'join': return 'good'
    case 'leave': return 'warning'
    case 'change': return 'calm'
    case 'config': return event.state === 'refused' ? 'bad' : 'calm'
    default: return event satisfies never
  }
}

/** The overall state, as the page's headline; with a time of day, in the past tense. */
export function headline (inRotation: number, all: number, then?: string): string {
  if (then !== undefined) return headlineThen(inRotation, all, then)
  if (all === 0) return 'No backends yet'
  if (inRotation === 0) return 'No backend in rotation'
  if (inRotation === all) return all === 1 ? 'The one backend is in rotation' : `All ${all} backends in rotation`
  return `${inRotation} of ${all} backends in rotation`
}

/** Some services have no backend in rotation. */
export function headlineWithout (services: readonly string[]): string {
  const [first = ''] = services
  return services.length === 1 ? `No backend of ${first} is in rotation` : `${services.length} services have no backend in rotation`
}

function headlineThen (inRotation: number, all: number, then: string): string {
  if (all === 0) return `There were no backends at ${then}`
  if (inRotation === 0) return `No backend was in rotation at ${then}`
  if (all === 1) return `The one backend was in rotation at ${then}`
  if (inRotation === all) return `All ${all} backends were in rotation at ${then}`
  return `${inRotation} of ${all} backends ${inRotation === 1 ? 'was' : 'were'} in rotation at ${then}`
}

/** Why a backend is not healthy, for its row; empty for a healthy one. */
export function whyState ({ state, why }: Backend): string {
  switch (state) {
    case 'healthy': return ''
    case 'unchecked': return 'waiting for its first health check'
    case 'unhealthy': return `health check failed: ${why}`
    default: return evidence({ why })
  }
}
