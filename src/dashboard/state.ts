// The state of the page and its transitions. Pure: each function takes a state and returns the next one.
import { timeOfDay } from './format.ts'
import { windowMs } from './series.ts'
import type { Backend, Config, GatewayEvent, Hello, NotableRequest, Sample, Service } from '../admin/wire.ts'

/** The connection to the gateway. */
export type Link =
  | { readonly state: 'loading' }
  | { readonly state: 'live' }
  /** `retryAt`: ms since the epoch, by this machine's clock. */
  | { readonly state: 'offline', readonly why: string, readonly retryAt: number }
  | { readonly state: 'locked', readonly why: string }

/** An entry in the list of events; restarts are added by the page itself. */
export type LogEntry =
  | { readonly order: number, readonly at: number, readonly kind: 'event', readonly event: GatewayEvent }
  | { readonly order: number, readonly at: number, readonly kind: 'restart', readonly version: string }

export interface State {
  readonly link: Link
  readonly hello: Hello | undefined
  /** How many earlier instances of the gateway this page has seen. */
  readonly restarts: number
  /** Undefined until first read. */
  readonly backends: readonly Backend[] | undefined
  /** Undefined until first read. */
  readonly services: readonly Service[] | undefined
  /** Undefined until first read. */
  readonly config: Config | undefined
  /** Requests that failed, were slow or were retried, oldest first. */
  readonly requests: readonly NotableRequest[]
  /** Oldest first. */
  readonly samples: readonly Sample[]
  /** Oldest first. */
  readonly log: readonly LogEntry[]
  /** The gateway's clock minus this machine's, ms. */
  readonly skewMs: number
  /** When the gateway last sent its state, ms since the epoch by this machine's clock; undefined until it has. */
  readonly heardAt: number | undefined
}

const maxEntries = 1000
/** As many as the gateway keeps. */
const maxRequests = 200
/** Event ids start at 1 in each instance; no instance is expected to reach this many. */
const idsPerInstance = 1e12

export const initialState: State = {
  link: { state: 'loading' },
  hello: undefined,
  restarts: 0,
  backends: undefined,
  services: undefined,
  config: undefined,
  requests: [],
  samples: [],
  log: [],
  skewMs: 0,
  heardAt: undefined
}

/** The time of day of what is shown, if that is not now because the connection is lost. */
export function asOf ({ link, backends, heardAt }: State): string | undefined {
  if (link.state === 'live' || backends === undefined || heardAt === undefined) return undefined
  return timeOfDay(heardAt, Date.now())
}

/** The gateway's time, for computing ages. It stands still while there is no connection. */
export function gatewayTime ({ link, heardAt, skewMs }: State, now: number): number {
  return (link.state === 'live' ? now : heardAt ?? now) + skewMs
}

export function withLink (state: State, link: Link): State {
  return { ...state, link }
}

/** A stream has started. If its instance differs from the one before, the gateway was restarted, and an entry says so. */
export function withHello (state: State, hello: Hello, now: number): State {
  const isRestart = state.hello !== undefined && state.hello.instance !== hello.instance
  if (!isRestart) return { ...state, hello, link: { state: 'live' }, heardAt: now }
  const restarts = state.restarts + 1
  const entry = { order: restarts * idsPerInstance, at: now + state.skewMs, kind: 'restart', version: hello.version } as const
  return { ...state, hello, restarts, link: { state: 'live' }, heardAt: now, log: merged(state.log, [entry]) }
}

export function withBackends (state: State, backends: readonly Backend[], services = state.services): State {
  return { ...state, backends, services }
}

export function withConfig (state: State, config: Config): State {
  return { ...state, config }
}

export function withRequests (state: State, requests: readonly NotableRequest[]): State {
  return { ...state, requests: requests.slice(-maxRequests) }
}

export function withRequest (state: State, request: NotableRequest): State {
  // The list that was read last may have it already.
  const isKnown = state.requests.some(({ number, at }) => number === request.number && at === request.at)
  return isKnown ? state : withRequests(state, [...state.requests, request])
}

/** One backend as an action has left it, before the next read of all of them. */
export function withBackend (state: State, backend: Backend): State {
  const known = state.backends ?? []
  const isNew = known.every(({ id }) => id !== backend.id)
  return { ...state, backends: isNew ? [...known, backend] : known.map((other) => other.id === backend.id ? backend : other) }
}

/** The gateway's history; entries that this page saw of earlier instances stay. */
export function withHistory (state: State, samples: readonly Sample[], events: readonly GatewayEvent[]): State {
  const first = samples[0]?.at ?? Infinity
  const all = [...state.samples.filter(({ at }) => at < first), ...samples]
  return { ...state, samples: recent(all), log: merged(state.log, events.map((event) => entryOf(state, event))) }
}

export function withEvent (state: State, event: GatewayEvent): State {
  return { ...state, log: merged(state.log, [entryOf(state, event)]) }
}

/** A sample carries the figures that change every second, so that the backends need not be read again for them. */
export function withSample (state: State, sample: Sample, now: number): State {
  const backends = state.backends?.map((backend) => {
    const own = sample.backends[backend.id]
    return own === undefined ? backend : { ...backend, inFlight: own.inFlight }
  })
  const samples = recent([...state.samples.filter(({ at }) => at < sample.at), sample])
  return { ...state, backends, samples, skewMs: sample.at - now, heardAt: now }
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
