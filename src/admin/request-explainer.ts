import type { Backend } from '../backends/backend.ts'
import type { Fields } from '../http/fields.ts'
import type { Registry } from '../services/registry.ts'
import { viewExplanation } from './explanation-view.ts'
import type { TokenGuard } from './token-guard.ts'

/** Explains real requests that carry the admin token in `Evenkeel-Explain`, as JSON that fits into a header. */
export class RequestExplainer {
  readonly #registry: Registry
  readonly #strategyName: string
  readonly #guard: TokenGuard

  constructor (registry: Registry, strategyName: string, guard: TokenGuard) {
    this.#registry = registry
    this.#strategyName = strategyName
    this.#guard = guard
  }

  /** Undefined if the request did not ask, or is not allowed to. */
  explain (fields: Fields, clientAddress: string, key: string, sticky: Backend | undefined): string | undefined {
    const token = fields.get('evenkeel-explain')
    if (token === undefined || !this.#guard.acceptsFromClient(token, clientAddress)) return undefined
    return JSON.stringify(viewExplanation(this.#registry.explain([], key, sticky), this.#strategyName))
  }
}
