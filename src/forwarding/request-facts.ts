import type { Backend } from '../backends/backend.ts'
import type { Clock } from '../base/clock.ts'
import type { ClientExchange } from '../downstream/client-exchange.ts'
import { cameByTls, clientAddressOf } from '../downstream/trust.ts'
import { callOf, type GrpcCall } from '../grpc/call.ts'
import type { RequestHead } from '../http/heads.ts'
import type { Outcome } from '../services/attempt.ts'
import type { Audience, RoutingFacts } from '../services/routing-facts.ts'
import type { AttemptRecord, ExchangeRecord } from './exchange-record.ts'
import { withTimeout, type HeadEdits } from './head-edits.ts'
import type { ProcessContext } from './process-context.ts'
import type { ForwardingLimits, ForwardingRoute } from './route.ts'
import type { ServiceAccess } from './service-access.ts'

/** What is known of a request from the start, and what its answer and its record say of that. */
export class RequestFacts implements RoutingFacts {
  readonly head: RequestHead
  readonly requestId: string
  readonly startedAt: number
  /** By TRUST_PROXY. */
  readonly clientAddress: string
  /** What a balancer may go by. */
  readonly key: string
  /** The backend that the client was with before. */
  readonly sticky: Backend | undefined
  readonly route: ForwardingRoute
  readonly service: ServiceAccess
  /** It is for its route: nothing speaks against it. */
  isRouted = false
  /** A backend is asked for. */
  isForwarded = false
  /** Undefined for what is no call of gRPC. */
  readonly call: GrpcCall | undefined
  readonly #client: ClientExchange
  readonly #clock: Clock
  /** Why it goes where it goes, for an operator who asked with the request. */
  readonly #explanation: string | undefined

  constructor ({ clock, trust }: ProcessContext, route: ForwardingRoute, client: ClientExchange, head: RequestHead, requestId: string) {
    const { peer } = client.connection
    const { fields } = head
    this.route = route
    this.#client = client
    this.head = head
    this.requestId = requestId
    this.#clock = clock
    this.startedAt = clock.now()
    this.clientAddress = peer.isTrusted ? clientAddressOf(peer, fields.get('x-forwarded-for'), trust) : peer.address
    const service = route.serviceFor(head, this.clientAddress)
    this.service = service
    const call = callOf(head)
    this.call = call !== undefined && service.mayPassCalls ? call : undefined
    this.key = service.keyOf(head, this.clientAddress)
    this.sticky = service.isSticky ? service.stickyBackend(fields) : undefined
    this.#explanation = service.explainTo(fields, this.clientAddress, this, route.info)
  }

  /** The lines that are added to the head of this backend's answer, each with its end: the explanation, and what keeps the client there. */
  linesFor (backend: Backend | undefined): string {
    let lines = this.#explanation === undefined ? '' : `Evenkeel-Explain: ${this.#explanation}\r\n`
    if (this.service.isSticky && backend !== undefined && backend !== this.sticky) {
      const isByTls = cameByTls(this.#client.connection.peer, this.head.fields.get('x-forwarded-proto'))
      lines += `Set-Cookie: ${this.service.cookieFor(backend, isByTls)}\r\n`
    }
    return lines
  }

  get audience (): Audience | undefined {
    return this.route.audience
  }

  get limits (): ForwardingLimits {
    return this.call === undefined ? this.route.limits : this.route.callLimits
  }

  /** What the route changes in the head, which is sent now: a call is told what is left of its time. */
  editsNow (): HeadEdits | undefined {
    const { call, startedAt, route: { edits } } = this
    return call === undefined ? edits : withTimeout(edits, call.timeoutAfter(this.#clock.now() - startedAt))
  }

  get method (): string {
    return this.head.method
  }

  record (
    statusCode: number | undefined, headAt: number, endedAt: number, attempts: readonly AttemptRecord[], outcome: Outcome | undefined
  ): ExchangeRecord {
    const { requestId, startedAt, clientAddress: client, head: { method, host, target: path, version } } = this
    const service = this.isForwarded ? this.service.service.name : undefined
    const route = this.isRouted ? this.route.info : undefined
    const grpcStatus = this.call?.status
    return {
      requestId, service, route, method, host, path, version, statusCode, grpcStatus, client, startedAt, headAt, endedAt, attempts, outcome
    }
  }
}
