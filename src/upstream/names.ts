import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { Subscribers } from '../base/subscribers.ts'

/** Addresses of a host, as the operating system knows them. */
export type Resolve = (host: string, done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void) => void

export interface NamesOptions {
  readonly clock: Clock
  readonly resolve?: Resolve
  /** So long a name server may take before the last known addresses are used in its stead. */
  readonly patienceMs?: number
}

/** The names of backends, and what they stand for. */
export interface Names {
  /** For sockets. Of several addresses of one family another one comes first each time, so that connections are spread over them. */
  readonly lookup: LookupFunction
  /** Tells of each change of the addresses of a host, until the returned function is called. As long as that it is asked every 5 s. */
  watch (host: string, onChange: (addresses: ReadonlySet<string>) => void): () => void
}

type Waiter = Parameters<Resolve>[1]

interface Host {
  /** The last answer; empty before the first. */
  known: LookupAddress[]
  /** Those who wait for the lookup in flight; undefined while there is none. */
  waiting: Set<Waiter> | undefined
  askedAt: number
  /** Lookups so far, which decide whose turn it is to come first. */
  turn: number
  readonly changes: Subscribers<ReadonlySet<string>>
  watchers: number
  cancelWatch: (() => void) | undefined
}

/** From one look at a host that is watched to the next, in ms: the system does not tell how long its answers hold. */
const watchMs = 5000

/**
 * Looks up the addresses of backends so that a name server which does not answer for one of them leaves the others alone.
 * Node.js has four threads for all lookups, and a lookup without an answer holds one for many seconds: so there is never
 * more than one in flight per host, and hosts that have an address keep it while the threads are taken.
 */
export function createNames ({ clock, resolve = resolveAll, patienceMs = 200 }: NamesOptions): Names {
  const hosts = new Map<string, Host>()

  function hostOf (name: string): Host {
    const host = hosts.get(name) ?? newHost()
    hosts.set(name, host)
    return host
  }

  function ask (name: string, host: Host): void {
    host.waiting = new Set()
    host.askedAt = clock.now()
    resolve(name, (error, addresses) => {
      const waiting = host.waiting ?? []
      host.waiting = undefined
      const before = host.known
      // "Try again" says nothing about the host; any other error says that it has no address any more.
      if (error === null) host.known = addresses
      else if (error.code !== 'EAI_AGAIN') host.known = []
      tellOfChange(host, before)
      for (const waiter of waiting) waiter(host.known.length > 0 ? null : error, host.known)
    })
  }

  function watch (name: string, onChange: (addresses: ReadonlySet<string>) => void): () => void {
    const host = hostOf(name)
    const unsubscribe = host.changes.subscribe(onChange)
    if (host.watchers++ === 0) planLook(name, host)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      unsubscribe()
      if (--host.watchers === 0) host.cancelWatch?.()
    }
  }

  function planLook (name: string, host: Host): void {
    host.cancelWatch = clock.after(watchMs, () => {
      planLook(name, host)
      if (host.waiting === undefined) ask(name, host)
    })
  }

  function find (name: string, done: Waiter): void {
    const host = hostOf(name)
    if (host.waiting === undefined) ask(name, host)
    if (host.waiting === undefined) return done(null, host.known) // answered at once

    const leftMs = host.askedAt + patienceMs - clock.now()
    if (host.known.length === 0) {
      host.waiting.add(done)
    } else if (leftMs <= 0) {
      done(null, host.known)
    } else {
      const { waiting } = host
      const waiter: Waiter = (error, addresses) => { cancel(); done(error, addresses) }
      const cancel = clock.after(leftMs, () => { waiting.delete(waiter); done(null, host.known) })
      waiting.add(waiter)
    }
  }

  const lookup: LookupFunction = (name, options, callback) => {
    find(name, (error, known) => {
      const addresses = inTurn(known, hostOf(name).turn++)
      const [first] = addresses
      if (error !== null || first === undefined) callback(error ?? new Error(`${name} has no address`), '')
      else if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
  return { lookup, watch }
}

function newHost (): Host {
  return { known: [], waiting: undefined, askedAt: 0, turn: 0, changes: new Subscribers(), watchers: 0, cancelWatch: undefined }
}

/** A host that has no address any more tells nothing: its connections are as good as they were. */
function tellOfChange ({ known, changes }: Host, before: readonly LookupAddress[]): void {
  if (known.length === 0) return
  const addresses = new Set(known.map(({ address }) => address))
  const isSame = before.length === known.length && before.every(({ address }) => addresses.has(address))
  if (!isSame) changes.notify(addresses)
}

/** The families stay where they are: which one is tried first is the system's word, and may be the only one that works. */
function inTurn (addresses: LookupAddress[], turn: number): LookupAddress[] {
  if (addresses.length < 2) return addresses
  const places = new Map([4, 6].map((family) => {
    const those = addresses.filter((each) => each.family === family)
    return [family, those.map((_, i) => those[(i + turn) % those.length] as LookupAddress)]
  }))
  return addresses.map((each) => places.get(each.family)?.shift() ?? each)
}

function resolveAll (host: string, done: Waiter): void {
  systemLookup(host, { all: true }, done)
}
