import type { FastifyError } from '@fastify/error'
import type { Backend } from '../backends/backend.ts'
import { speaksHttp2 } from '../backends/protocol.ts'
import { NoBackendError, OverloadedError } from '../errors.ts'
import type { Fields } from '../http/fields.ts'
import type { RequestHead } from '../http/heads.ts'
import { cookieOf, type HashKey } from '../routing/hash-key.ts'
import type { RouteInfo } from '../routing/route-info.ts'
import type { Explanation } from '../services/explanation.ts'
import type { Audience, RoutingFacts } from '../services/routing-facts.ts'
import type { Service } from '../services/service.ts'

/** Explains a request to a client that has asked with it, and may. */
export type Explainer = (fields: Fields, clientAddress: string, facts: RoutingFacts, route: RouteInfo) => string | undefined

export interface ServiceAccessOptions {
  readonly service: Service
  /** A number from 0 up to 1. */
  readonly random: () => number
  /** Undefined where the balancer asks for nothing. */
  readonly hashKey: HashKey | undefined
  /** Undefined where no client may ask. */
  readonly explainer: Explainer | undefined
}

/** A service as requests reach it: what it is told of them, and what they may take of it. */
export class ServiceAccess {
  readonly service: Service
  readonly #random: () => number
  readonly #hashKey: HashKey | undefined
  readonly #explainer: Explainer | undefined

  constructor ({ service, random, hashKey, explainer }: ServiceAccessOptions) {
    this.service = service
    this.#random = random
    this.#hashKey = hashKey
    this.#explainer = explainer
  }

  /** Clients are kept with the backend that has answered them, by a cookie. */
  get isSticky (): boolean {
    return this.service.sticky !== undefined
  }

  /** What the balancer may go by. A request without the key goes anywhere, rather than all of them to one place. */
  keyOf (head: RequestHead, clientAddress: string): string {
    return this.#hashKey === undefined ? '' : this.#hashKey(head, clientAddress) ?? String(this.#random())
  }

  /** gRPC is for backends that speak HTTP/2: what else is called so has no claim to being silent for as long as it likes. */
  get mayPassCalls (): boolean {
    const { rotation } = this.service
    return rotation.length === 0 || rotation.some(speaksHttp2)
  }

  /** The backend that the client was with before, by its cookie, if it is still there. */
  stickyBackend (fields: Fields): Backend | undefined {
    const { sticky } = this.service
    return sticky?.backendOf(cookieOf(fields, sticky.cookie))
  }

  /** The value of the `Set-Cookie` for that. */
  cookieFor (backend: Backend, isSecure: boolean): string {
    return this.service.sticky?.cookieFor(backend, isSecure) ?? ''
  }

  explainTo (fields: Fields, clientAddress: string, facts: RoutingFacts, route: RouteInfo): string | undefined {
    return this.#explainer?.(fields, clientAddress, facts, route)
  }

  /** Where such a request would go now, and why. */
  explain (head: RequestHead, clientAddress: string, audience: Audience | undefined): Explanation {
    return this.service.explain({ key: this.keyOf(head, clientAddress), sticky: this.stickyBackend(head.fields), audience })
  }

  /** The error for a request that found no backend. */
  unavailable (): FastifyError {
    if (this.service.rotation.length > 0) return new OverloadedError()
    return new NoBackendError(this.service.backends().length === 0 ? 'none is registered' : 'none is healthy')
  }
}
