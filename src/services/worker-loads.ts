import { strategiesByLoad } from '../balancing/strategies.ts'
import type { Clock } from '../base/clock.ts'
import { getOrMake } from '../base/get-or-make.ts'
import type { ManagedBackend } from './managed-backend.ts'
import { deal } from './quota.ts'
import type { Services } from './services.ts'

export interface WorkerLoadsOptions {
  readonly services: Services
  readonly clock: Clock
  /** Tells a worker its part of the attempts that a backend may have. It answers with `turn` when it goes by that. */
  readonly tell: (worker: number, backend: ManagedBackend, requests: number, turn: number) => void
}

/** What a worker has in flight at one backend, and how much it may have. */
class Part {
  inFlight = 0
  /** What it was told that the others have in flight. */
  elsewhere = 0
  unanswered = 0
  /** When it last heard of the backend, monotonic ms. */
  heardAt = 0
  /** What it wants: what is in flight, and what waits where it has no room. */
  demand = 0
  /** What it was told that it may have. */
  quota: number
  /** What it may still go by, until it has answered; then what it has in flight beyond its quota. */
  #before = 0
  #isAnswered = true
  #turn = 0

  constructor (quota: number) {
    this.quota = quota
  }

  /** The most that it can have in flight now. */
  get most (): number {
    return Math.max(this.quota, this.#before)
  }

  /** From now on it has this quota. Returns what its answer must say. */
  change (quota: number): number {
    if (quota < this.quota) {
      this.#before = this.most
      this.#isAnswered = false
    }
    this.quota = quota
    return ++this.#turn
  }

  onAnswer (turn: number, inFlight: number): void {
    if (turn !== this.#turn) return
    this.#isAnswered = true
    this.#before = inFlight
  }

  onLoad (inFlight: number): void {
    this.inFlight = inFlight
    if (this.#isAnswered) this.#before = Math.min(this.#before, inFlight)
  }
}

/** The load of backends over all workers: what is in flight there in all, and how many attempts each worker may have. */
export class WorkerLoads {
  readonly #options: WorkerLoadsOptions
  readonly #workers = new Set<number>()
  readonly #parts = new Map<ManagedBackend, Map<number, Part>>()
  /** How many workers there are when all are there. */
  readonly #count: number

  constructor (options: WorkerLoadsOptions, workers: number) {
    this.#options = options
    this.#count = workers
  }

  addWorker (worker: number): void {
    this.#workers.add(worker)
    for (const [backend, parts] of this.#parts) {
      const room = this.#limitOf(backend) - mostOf(parts)
      const quota = Math.max(1, Math.min(this.#share(backend), room))
      const part = new Part(quota)
      parts.set(worker, part)
      if (quota !== this.#share(backend)) this.#options.tell(worker, backend, quota, part.change(quota))
    }
  }

  removeWorker (worker: number): void {
    this.#workers.delete(worker)
    for (const [backend, parts] of this.#parts) if (parts.delete(worker)) this.#sum(backend, parts)
  }

  forget (backend: ManagedBackend): void {
    this.#parts.delete(backend)
  }

  /** As a worker has it; `queued`: requests of the service that wait there. */
  onLoad (worker: number, id: string, load: Readonly<Record<'inFlight' | 'unanswered' | 'silentMs' | 'queued', number>>): void {
    const backend = this.#options.services.findShared(id)?.backend
    if (backend === undefined || !this.#workers.has(worker)) return
    const parts = this.#partsOf(backend)
    const part = parts.get(worker) as Part
    part.onLoad(load.inFlight)
    part.unanswered = load.unanswered
    part.heardAt = this.#options.clock.now() - load.silentMs
    part.demand = load.inFlight >= part.quota ? load.inFlight + load.queued + 1 : load.inFlight
    this.#sum(backend, parts)
    this.#deal(backend, parts)
  }

  onAnswer (worker: number, id: string, turn: number, inFlight: number): void {
    const backend = this.#options.services.findShared(id)?.backend
    const parts = backend && this.#parts.get(backend)
    parts?.get(worker)?.onAnswer(turn, inFlight)
    if (backend !== undefined && parts !== undefined) this.#deal(backend, parts)
  }

  /**
   * For each worker, what all others have in flight at backends, where that is not what this was asked for last. Only of services whose
   * strategy goes by it.
   */
  takeElsewhere (): Map<number, Array<[id: string, inFlight: number]>> {
    const rows = new Map<number, Array<[string, number]>>()
    for (const [backend, parts] of this.#parts) {
      const balancer = this.#options.services.get(backend.service)?.settings.balancer
      if (balancer === undefined || !strategiesByLoad.has(balancer)) continue
      for (const [worker, part] of parts) {
        const elsewhere = backend.load.inFlight - part.inFlight
        if (elsewhere === part.elsewhere) continue
        part.elsewhere = elsewhere
        getOrMake(rows, worker, () => []).push([backend.id, elsewhere])
      }
    }
    return rows
  }

  /** Until every worker has said what it has there, each may have a request in flight. Called before they are told to send no more. */
  expect (backend: ManagedBackend): void {
    const parts = this.#partsOf(backend)
    for (const part of parts.values()) part.inFlight = Math.max(part.inFlight, 1)
    this.#sum(backend, parts)
  }

  #limitOf ({ service }: ManagedBackend): number {
    return this.#options.services.get(service)?.settings.limits.maxRequestsPerBackend ?? 1
  }

  /** What a worker goes by that has not been told otherwise. */
  #share (backend: ManagedBackend): number {
    return equalShare(this.#limitOf(backend), this.#count)
  }

  #partsOf (backend: ManagedBackend): Map<number, Part> {
    let parts = this.#parts.get(backend)
    if (parts === undefined) {
      parts = new Map([...this.#workers].map((worker) => [worker, new Part(this.#share(backend))]))
      this.#parts.set(backend, parts)
    }
    return parts
  }

  #sum (backend: ManagedBackend, parts: ReadonlyMap<number, Part>): void {
    const { load } = backend
    const before = load.inFlight
    const all = [...parts.values()]
    load.inFlight = all.reduce((sum, { inFlight }) => sum + inFlight, 0)
    load.unanswered = all.reduce((sum, { unanswered }) => sum + unanswered, 0)
    load.heardAt = Math.max(...all.filter(({ unanswered }) => unanswered > 0).map(({ heardAt }) => heardAt), 0)
    this.#options.services.of(backend)?.shared.onLoad(backend, before)
  }

  /** Quotas that fall are told at once, those that rise as far as what others may still have leaves room. */
  #deal (backend: ManagedBackend, parts: ReadonlyMap<number, Part>): void {
    const all = [...parts]
    if (all.every(([, { demand, quota }]) => demand <= quota / 2)) return
    const limit = this.#limitOf(backend)
    const fair = deal(limit, all.map(([, { demand }]) => demand), all.map(([, { quota }]) => quota))
    for (const [i, [worker, part]] of all.entries()) if (fair[i]! < part.quota) this.#change(worker, backend, part, fair[i]!)
    for (const [i, [worker, part]] of all.entries()) {
      const room = limit - mostOf(parts) + part.most
      const quota = Math.min(fair[i]!, room)
      if (quota > part.quota) this.#change(worker, backend, part, quota)
    }
  }

  #change (worker: number, backend: ManagedBackend, part: Part, quota: number): void {
    this.#options.tell(worker, backend, quota, part.change(quota))
  }
}

/** The part of a limit that each worker has before control has heard of demands: never more than the limit in all, but at least 1 each. */
export function equalShare (limit: number, workers: number): number {
  return Math.max(1, Math.floor(limit / workers))
}

function mostOf (parts: ReadonlyMap<number, Part>): number {
  return [...parts.values()].reduce((sum, { most }) => sum + most, 0)
}
