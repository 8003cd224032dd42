import type { IncomingMessage } from 'node:http'
import type { Backend } from '../backends/backend.ts'
import type { Service } from '../services/service.ts'
import { viewExplanation } from './explanation-view.ts'
import type { TokenGuard } from './token-guard.ts'

/** Explains real requests that carry the admin token in `Evenkeel-Explain`, as JSON that fits into a header. */
export class RequestExplainer {
  readonly #service: Service
  readonly #strategyName: string
  readonly #guard: TokenGuard
  readonly #addressOf: (req: IncomingMessage) => string

  constructor (service: Service, strategyName: string, guard: TokenGuard, addressOf: (req: IncomingMessage) => string) {
    this.#service = service
    this.#strategyName = strategyName
    this.#guard = guard
    this.#addressOf = addressOf
  }

  /** Undefined if the request did not ask, or is not allowed to. */
  explain (req: IncomingMessage, key: string, sticky: Backend | undefined): string | undefined {
    const token = req.headers['evenkeel-explain']
    if (typeof token !== 'string' || !this.#guard.acceptsFromClient(token, this.#addressOf(req))) return undefined
    return JSON.stringify(viewExplanation(this.#service.explain({ key, sticky }), this.#strategyName))
  }
}
