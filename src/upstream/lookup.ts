import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { Clock } from '../base/clock.ts'

/** Addresses of a host, as the operating system knows them. */
export type Resolve = (host: string, done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void) => void

export interface LookupOptions {
  readonly clock: Clock
  readonly resolve?: Resolve
  /** So long a name server may take before the last known addresses are used in its stead. */
  readonly patienceMs?: number
}

type Waiter = Parameters<Resolve>[1]

interface Host {
  /** The last answer; empty before the first. */
  known: LookupAddress[]
  /** Those who wait for the lookup in flight; undefined while there is none. */
  waiting: Set<Waiter> | undefined
  askedAt: number
}

/**
 * Looks up the addresses of backends so that a name server which does not answer for one of them leaves the others alone.
 * Node.js has four threads for all lookups, and a lookup without an answer holds one for many seconds: so there is never
 * more than one in flight per host, and hosts that have an address keep it while the threads are taken.
 */
export function createLookup ({ clock, resolve = resolveAll, patienceMs = 200 }: LookupOptions): LookupFunction {
  const hosts = new Map<string, Host>()

  function hostOf (name: string): Host {
    const host = hosts.get(name) ?? { known: [], waiting: undefined, askedAt: 0 }
    hosts.set(name, host)
    return host
  }

  function ask (name: string, host: Host): void {
    host.waiting = new Set()
    host.askedAt = clock.now()
    resolve(name, (error, addresses) => {
      const waiting = host.waiting ?? []
      host.waiting = undefined
      // "Try again" says nothing about the host; any other error says that it has no address any more.
      if (error === null) host.known = addresses
      else if (error.code !== 'EAI_AGAIN') host.known = []
      for (const waiter of waiting) waiter(host.known.length > 0 ? null : error, host.known)
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

  return function lookup (name, options, callback) {
    find(name, (error, addresses) => {
      const [first] = addresses
      if (error !== null || first === undefined) callback(error ?? new Error(`${name} has no address`), '')
      else if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

function resolveAll (host: string, done: Waiter): void {
  systemLookup(host, { all: true }, done)
}
