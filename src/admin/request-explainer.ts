import type { Fields } from '../http/fields.ts'
import type { RouteInfo } from '../routing/route-info.ts'
import type { RoutingFacts } from '../services/routing-facts.ts'
import type { Service } from '../services/service.ts'
import { viewExplanation } from './explanation-view.ts'
import type { TokenGuard } from './token-guard.ts'

/** Explains real requests that carry the admin token in `Evenkeel-Explain`, as JSON that fits into a header. */
export class RequestExplainer {
  readonly #guard: TokenGuard

  constructor (guard: TokenGuard) {
    this.#guard = guard
  }

  /** Undefined if the request did not ask, or is not allowed to. */
  explain (fields: Fields, clientAddress: string, facts: RoutingFacts, service: Service, route: RouteInfo): string | undefined {
    const token = fields.get('evenkeel-explain')
    if (token === undefined || !this.#guard.acceptsFromClient(token, clientAddress)) return undefined
    const explained = viewExplanation(service.explain(facts), service.settings.balancer)
    const { id, name = null, origin } = route
    const whole = route.source === 'implicit' ? explained : { route: { id, name, origin }, service: service.name, ...explained }
    // Names of files may have any letters, headers only those of ASCII.
    return JSON.stringify(whole).replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
  }
}
