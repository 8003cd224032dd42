import type { IncomingMessage } from 'node:http'
import type { Backend } from '../backends/backend.ts'
import type { Registry } from '../services/registry.ts'
import { viewExplanation } from './explanation-view.ts'
import type { TokenGuard } from './token-guard.ts'

/** Explains real requests that carry the admin token in `Evenkeel-Explain`, as JSON that fits into a header. */
export class RequestExplainer {
  readonly #registry: Registry
  readonly #strategyName: string
  readonly #guard: TokenGuard
  readonly #addressOf: (req: IncomingMessage) => string

  constructor (registry: Registry, strategyName: string, guard: TokenGuard, addressOf: (req: IncomingMessage) => string) {
    this.#registry = registry
    this.#strategyName = strategyName
    this.#guard = guard
    this.#addressOf = addressOf
  }

  /** Undefined if the request did not ask, or is not allowed to. */
  explain (req: IncomingMessage, key: string, sticky: Backend | undefined): string | undefined {
    const token = req.headers['evenkeel-explain']
    if (typeof token !== 'string' || !this.#guard.acceptsFromClient(token, this.#addressOf(req))) return undefined
    return JSON.stringify(viewExplanation(this.#registry.explain([], key, sticky), this.#strategyName))
  }
}
