import type { Clock } from '../base/clock.ts'
import type { Backend } from '../backends/backend.ts'
import type { Audience } from './routing-facts.ts'
import type { Attempt } from './attempt.ts'

export interface QueueSettings {
  /** How many may wait at most. */
  readonly size: number
  readonly timeoutMs: number
}

export interface QueueOptions extends QueueSettings {
  readonly clock: Clock
  /** Whether there is a backend that such a request can wait for. */
  readonly isWorthwhile: (request: QueuedRequest) => boolean
}

/** A request that waits for a backend to have room. */
export interface QueuedRequest {
  /** The backends that have failed it: what it may use is decided by these alone, not by its key or its cookie. */
  readonly tried: readonly Backend[]
  /** The ids of those that it may go to; undefined: to all. */
  readonly audience?: Audience | undefined
  acquire (): Attempt | undefined
  onAttempt (attempt: Attempt): void
  /** It has waited too long, or there is no backend to wait for any more. */
  onGivenUp (): void
}

interface Entry {
  readonly request: QueuedRequest
  readonly group: Group
  /** Counts those that have joined. */
  readonly number: number
  readonly cancelTimeout: () => void
}

/** Requests that may use the same backends: as long as there is nothing for the first of them, there is nothing for the others. */
interface Group {
  readonly key: string
  /** What may be waited for is the same for all of them. */
  readonly first: QueuedRequest
  /** In the order in which they came. */
  readonly entries: Set<Entry>
}

/**
 * Requests for which no backend has room just now, bounded in number and time. None waits while a backend that it may use
 * has room. Those that wait for the same backends are served first in, first out; those that wait for others never hold
 * them up.
 */
export class Queue {
  #options: QueueOptions
  readonly #groups = new Map<string, Group>()
  #length = 0
  #joined = 0
  #isServing = false
  /** There may be room that was not looked at yet. */
  #hasNews = false

  constructor (options: QueueOptions) {
    this.#options = options
  }

  /** Those that wait already keep their time. */
  configure (settings: QueueSettings): void {
    this.#options = { ...this.#options, ...settings }
  }

  get length (): number {
    return this.#length
  }

  /** An attempt for a request that is not queued yet, unless others are queued for the same backends. */
  acquire (request: QueuedRequest): Attempt | undefined {
    return this.#length > 0 && this.#groups.has(keyOf(request)) ? undefined : request.acquire()
  }

  /** Returns the function that leaves the queue, or undefined when it is full, or there is nothing to wait for. */
  join (request: QueuedRequest): (() => void) | undefined {
    const { isWorthwhile, clock, size, timeoutMs } = this.#options
    if (this.#length >= size || !isWorthwhile(request)) return undefined
    const entry: Entry = {
      request,
      group: this.#groupOf(request),
      number: ++this.#joined,
      cancelTimeout: clock.after(timeoutMs, () => {
        this.#leave(entry)
        request.onGivenUp()
      })
    }
    entry.group.entries.add(entry)
    this.#length++
    return () => { this.#leave(entry) }
  }

  close (): void {
    for (const { entries } of this.#groups.values()) for (const entry of entries) this.#leave(entry)
  }

  #groupOf (request: QueuedRequest): Group {
    const key = keyOf(request)
    const known = this.#groups.get(key)
    if (known !== undefined) return known
    const group: Group = { key, first: request, entries: new Set() }
    this.#groups.set(key, group)
    return group
  }

  #leave (entry: Entry): void {
    const { group: { key, entries }, cancelTimeout } = entry
    cancelTimeout()
    if (!entries.delete(entry)) return
    this.#length--
    if (entries.size === 0) this.#groups.delete(key)
  }

  /** There may be room: gives attempts to queued requests while there are any. What it calls may come back here. */
  serve (): void {
    if (this.#length === 0) return
    this.#hasNews = true
    if (this.#isServing) return
    this.#isServing = true
    try {
      while (this.#hasNews && this.#length > 0) {
        this.#hasNews = false
        for (const group of [...this.#groups.values()]) if (!this.#options.isWorthwhile(group.first)) this.#giveUp(group)
        this.#serveGroups()
      }
    } finally {
      this.#isServing = false
    }
  }

  #serveGroups (): void {
    const open = new Set(this.#groups.values())
    for (let entry = oldestOf(open); entry !== undefined; entry = oldestOf(open)) {
      const attempt = entry.request.acquire()
      if (attempt === undefined) {
        // One that has left instead, since its strategy has failed, tells nothing of those after it.
        if (entry.group.entries.has(entry)) open.delete(entry.group)
        continue
      }
      this.#leave(entry)
      entry.request.onAttempt(attempt)
    }
  }

  #giveUp ({ entries }: Group): void {
    for (const entry of entries) {
      this.#leave(entry)
      entry.request.onGivenUp()
    }
  }
}

/** The one that has waited longest of all. */
function oldestOf (groups: ReadonlySet<Group>): Entry | undefined {
  let oldest: Entry | undefined
  for (const { entries } of groups) {
    const first = entries.values().next().value
    if (first !== undefined && (oldest === undefined || first.number < oldest.number)) oldest = first
  }
  return oldest
}

function keyOf ({ tried, audience }: QueuedRequest): string {
  const failed = tried.length === 0 ? '' : [...new Set(tried.map(({ id }) => id))].sort().join()
  return audience === undefined ? failed : `${failed} of ${[...audience].sort().join()}`
}
