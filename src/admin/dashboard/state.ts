// All that the page knows, and how it changes. Pure: each function takes the state and returns the next one.
import { windowMs } from './series.ts'
import { evidence } from './words.ts'
import type { Backend, GatewayEvent, Hello, Sample } from '../wire.ts'

/** The connection to the gateway. */
export type Link =
  | { readonly state: 'loading' }
  | { readonly state: 'live' }
  /** `retryAt`: ms since the epoch, by this machine's clock. */
  | { readonly state: 'offline', readonly why: string, readonly retryAt: number }
  | { readonly state: 'locked', readonly why: string }

/** A line of the list of events; the page itself writes down restarts. */
export type LogEntry =
  | { readonly order: number, readonly at: number, readonly kind: 'event', readonly event: GatewayEvent }
  | { readonly order: number, readonly at: number, readonly kind: 'restart', readonly version: string }

export interface State {
  readonly link: Link
  readonly hello: Hello | undefined
  /** How many instances of the gateway this page has seen before this one. */
  readonly restarts: number
  /** Undefined until they were read for the first time. */
  readonly backends: readonly Backend[] | undefined
  /** Oldest first. */
  readonly samples: readonly Sample[]
  /** Oldest first. */
  readonly log: readonly LogEntry[]
  /** The gateway's clock minus this machine's, ms. */
  readonly skewMs: number
}

const maxEntries = 1000
/** Ids of events begin at 1 with each instance; more than this many are not expected of one. */
const idsPerInstance = 1e12

export const initialState: State = { link: { state: 'loading' }, hello: undefined, restarts: 0, backends: undefined, samples: [], log: [], skewMs: 0 }

export function withLink (state: State, link: Link): State {
  return { ...state, link }
}

/** A stream begins: another instance than before is a restart, which is worth a line. */
export function withHello (state: State, hello: Hello, now: number): State {
  const isRestart = state.hello !== undefined && state.hello.instance !== hello.instance
  if (!isRestart) return { ...state, hello, link: { state: 'live' } }
  const restarts = state.restarts + 1
  const entry = { order: restarts * idsPerInstance, at: now + state.skewMs, kind: 'restart', version: hello.version } as const
  return { ...state, hello, restarts, link: { state: 'live' }, log: merged(state.log, [entry]) }
}

export function withBackends (state: State, backends: readonly Backend[]): State {
  return { ...state, backends }
}

/** One backend as an action has left it, ahead of the next reading of all. */
export function withBackend (state: State, backend: Backend): State {
  const known = state.backends ?? []
  const isNew = known.every(({ id }) => id !== backend.id)
  return { ...state, backends: isNew ? [...known, backend] : known.map((other) => other.id === backend.id ? backend : other) }
}

/** What the gateway has kept; what this page saw of the instance before stays. */
export function withHistory (state: State, samples: readonly Sample[], events: readonly GatewayEvent[]): State {
  const first = samples[0]?.at ?? Infinity
  const all = [...state.samples.filter(({ at }) => at < first), ...samples]
  return { ...state, samples: recent(all), log: merged(state.log, events.map((event) => entryOf(state, event))) }
}

export function withEvent (state: State, event: GatewayEvent): State {
  return { ...state, log: merged(state.log, [entryOf(state, event)]) }
}

/** A sample carries what changes every second of each backend, so that it is not read again for this. */
export function withSample (state: State, sample: Sample, now: number): State {
  const backends = state.backends?.map((backend) => {
    const own = sample.backends[backend.id]
    return own === undefined ? backend : { ...backend, inFlight: own.inFlight, latencyMs: own.latencyMs ?? backend.latencyMs }
  })
  return { ...state, backends, samples: recent([...state.samples.filter(({ at }) => at < sample.at), sample]), skewMs: sample.at - now }
}

/** The evidence for the state that a backend is in now; undefined when nothing was heard of it. */
export function evidenceFor (state: State, backend: Backend): string | undefined {
  const entry = state.log.findLast((entry) => entry.kind === 'event' && entry.event.backend === backend.id && entry.event.type === 'transition')
  if (entry?.kind !== 'event' || entry.event.type !== 'transition') return undefined
  return entry.event.to === backend.state ? evidence(entry.event) : undefined
}

function entryOf (state: State, event: GatewayEvent): LogEntry {
  return { order: state.restarts * idsPerInstance + event.id, at: Date.parse(event.at), kind: 'event', event }
}

function merged (log: readonly LogEntry[], more: readonly LogEntry[]): readonly LogEntry[] {
  const known = new Set(log.map(({ order }) => order))
  const fresh = more.filter(({ order }) => !known.has(order))
  if (fresh.length === 0) return log
  return [...log, ...fresh].sort((a, b) => a.order - b.order).slice(-maxEntries)
}

function recent (samples: readonly Sample[]): readonly Sample[] {
  const since = (samples.at(-1)?.at ?? 0) - windowMs
  const first = samples.findIndex(({ at }) => at >= since)
  return first <= 0 ? samples : samples.slice(first)
}
