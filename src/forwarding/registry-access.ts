import type { FastifyError } from '@fastify/error'
import type { Backend } from '../backends/backend.ts'
import { NoBackendError, OverloadedError } from '../errors.ts'
import type { Fields } from '../http/fields.ts'
import type { RequestHead } from '../http/heads.ts'
import type { HashKey } from '../routing/hash-key.ts'
import type { StickySessions } from '../routing/sticky-sessions.ts'
import type { Attempt } from '../services/attempt.ts'
import type { Explanation } from '../services/explanation.ts'
import type { Queue, QueuedRequest } from '../services/queue.ts'
import type { Registry } from '../services/registry.ts'
import type { RetryBudget } from './retry-budget.ts'
import type { ServiceAccess, ServiceLimits } from './service-access.ts'

/** Explains a request to those who have asked with it, and may. */
type Explain = (fields: Fields, clientAddress: string, key: string, sticky: Backend | undefined) => string | undefined

export interface RegistryAccessOptions {
  readonly limits: ServiceLimits
  readonly registry: Registry
  readonly queue: Queue
  readonly budget: RetryBudget
  readonly random: () => number
  /** Undefined where the balancer asks for nothing. */
  readonly hashKey: HashKey | undefined
  readonly sticky: StickySessions | undefined
  /** Undefined where nobody may ask. */
  readonly explainer: Explain | undefined
}

/** The one service that there is, as forwarding sees it. */
export class RegistryAccess implements ServiceAccess {
  readonly limits: ServiceLimits
  readonly isSticky: boolean
  readonly #options: RegistryAccessOptions

  constructor (options: RegistryAccessOptions) {
    this.limits = options.limits
    this.isSticky = options.sticky !== undefined
    this.#options = options
  }

  get queued (): number {
    return this.#options.queue.length
  }

  get hasNoOther (): boolean {
    return this.#options.registry.rotation.length === 1
  }

  /** A request without the key goes anywhere, rather than all of them to one place. */
  keyOf (head: RequestHead, clientAddress: string): string {
    const { hashKey, random } = this.#options
    return hashKey === undefined ? '' : hashKey(head, clientAddress) ?? String(random())
  }

  stickyBackend (fields: Fields): Backend | undefined {
    return this.#options.sticky?.backendOf(fields)
  }

  cookieFor (backend: Backend, isSecure: boolean): string {
    return this.#options.sticky?.cookieFor(backend, isSecure) ?? ''
  }

  explainTo (fields: Fields, clientAddress: string, key: string, sticky: Backend | undefined): string | undefined {
    return this.#options.explainer?.(fields, clientAddress, key, sticky)
  }

  explain (head: RequestHead, clientAddress: string): Explanation {
    return this.#options.registry.explain([], this.keyOf(head, clientAddress), this.stickyBackend(head.fields))
  }

  acquire (request: QueuedRequest): Attempt | undefined {
    return this.#options.queue.acquire(request)
  }

  enqueue (request: QueuedRequest): (() => void) | undefined {
    return this.#options.queue.join(request)
  }

  choose (tried: readonly Backend[], key: string, sticky: Backend | undefined): Attempt | undefined {
    const { registry } = this.#options
    const attempt = sticky === undefined || tried.includes(sticky) ? undefined : registry.acquireFrom(sticky)
    return attempt ?? registry.acquire(tried, key)
  }

  unavailable (): FastifyError {
    const { registry } = this.#options
    if (registry.rotation.length > 0) return new OverloadedError()
    return new NoBackendError(registry.backends().length === 0 ? 'none is registered' : 'none is healthy')
  }

  onRequest (nowMs: number): void {
    this.#options.budget.onRequest(nowMs)
  }

  spendRetry (nowMs: number): boolean {
    return this.#options.budget.spend(nowMs)
  }
}
