/** What the supervisor and its children tell each other by IPC, apart from the sockets themselves. */

/** Which listener a connection came by: connections of `admin` go to control, all others to workers. */
export type ListenerName = 'traffic' | 'tls' | 'admin'

export interface PlannedListener {
  readonly name: ListenerName
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
}

export interface BoundListener {
  readonly name: ListenerName
  readonly address: string
  readonly port: number
}

/** From control, when it has validated all settings, and before it is ready. */
export interface Plan {
  readonly type: 'plan'
  /** At least 1. */
  readonly workers: number
  readonly listeners: readonly PlannedListener[]
  /** Of the whole gateway, connections of `admin` left aside; 0: no limit. */
  readonly maxConnections: number
  /** How long clients are still accepted after the gateway was told to end. */
  readonly delayMs: number
  /** How long a drain may take, without this delay, before the child is killed. */
  readonly drainMs: number
}

/** One worker, as control is told of it. */
export interface WorkerState {
  readonly worker: number
  readonly pid: number
  readonly isReady: boolean
  /** How often it was started again. */
  readonly restarts: number
}

export type FromChild =
  | Plan
  /** Wants connections. */
  | { readonly type: 'ready' }
  /** Has taken the connection `id`, and has `open` with it. */
  | { readonly type: 'got', readonly id: number, readonly open: number }
  | { readonly type: 'open', readonly count: number }
  /** Each second, so that silence shows a process that hangs. */
  | { readonly type: 'alive' }

export type ToChild =
  /** To control: its plan was carried out; addresses and ports as they are. */
  | { readonly type: 'bound', readonly listeners: readonly BoundListener[] }
  /** To control: its plan cannot be carried out. `code` is that of the system: EADDRINUSE. */
  | { readonly type: 'unbound', readonly name: ListenerName, readonly code: string, readonly address: string, readonly port: number }
  /** Comes with the socket, unless that has ended meanwhile; answered with `got` in any case. */
  | { readonly type: 'connection', readonly id: number, readonly listener: ListenerName }
  /** To control: so many connections were closed since the last such message, since there were `maxConnections`. */
  | { readonly type: 'dropped', readonly count: number }
  /** To control, whenever it changes. */
  | { readonly type: 'workers', readonly workers: readonly WorkerState[] }
  /** To control: the gateway ends, and its workers do so now. Control itself goes on until it is told `drain`. */
  | { readonly type: 'stopping' }
  /** Take new connections for `delayMs` more, then answer what is in flight, and end. */
  | { readonly type: 'drain', readonly delayMs: number }
  /** Another process has taken its place: answer what is in flight, and end, without a hurry. */
  | { readonly type: 'retire' }

type Fields = Readonly<Record<string, unknown>>

/** Undefined where `value` is none of these messages. */
export function readFromChild (value: unknown): FromChild | undefined {
  if (!isObject(value)) return undefined
  switch (value['type']) {
    case 'plan': return isPlan(value) ? value as unknown as Plan : undefined
    case 'ready': return { type: 'ready' }
    case 'alive': return { type: 'alive' }
    case 'got': return isCount(value['id']) && isCount(value['open']) ? { type: 'got', id: value['id'], open: value['open'] } : undefined
    case 'open': return isCount(value['count']) ? { type: 'open', count: value['count'] } : undefined
    default: return undefined
  }
}

/** Undefined where `value` is none of these messages. */
export function readToChild (value: unknown): ToChild | undefined {
  return isObject(value) && isToChild(value) ? value as unknown as ToChild : undefined
}

function isToChild (value: Fields): boolean {
  switch (value['type']) {
    case 'bound': return isListOf(value['listeners'], ({ name, address, port }) => isName(name) && isText(address) && isPort(port))
    case 'unbound': return isName(value['name']) && isText(value['code']) && isText(value['address']) && isPort(value['port'])
    case 'connection': return isCount(value['id']) && isName(value['listener'])
    case 'dropped': return isCount(value['count'])
    case 'workers': return isListOf(value['workers'], isWorkerState)
    case 'drain': return isDuration(value['delayMs'])
    case 'stopping':
    case 'retire': return true
    default: return false
  }
}

function isPlan ({ workers, listeners, maxConnections, delayMs, drainMs }: Fields): boolean {
  return isCount(workers) && workers >= 1 && isCount(maxConnections) && isDuration(delayMs) && isDuration(drainMs) &&
    isListOf(listeners, ({ name, host, port }) => isName(name) && isText(host) && isPort(port))
}

function isWorkerState ({ worker, pid, isReady, restarts }: Fields): boolean {
  return isCount(worker) && isCount(pid) && typeof isReady === 'boolean' && isCount(restarts)
}

function isListOf (value: unknown, isItem: (item: Fields) => boolean): boolean {
  return Array.isArray(value) && value.every((item: unknown) => isObject(item) && isItem(item))
}

function isObject (value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function isText (value: unknown): value is string {
  return typeof value === 'string'
}

function isCount (value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isPort (value: unknown): value is number {
  return isCount(value) && value <= 65_535
}

function isDuration (value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isName (value: unknown): value is ListenerName {
  return value === 'traffic' || value === 'tls' || value === 'admin'
}
