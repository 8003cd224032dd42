import type { FastifyError } from '@fastify/error'
import type { ClientExchange } from '../downstream/client-exchange.ts'
import { cameByTls } from '../downstream/trust.ts'
import { BadRequestError, NoRouteError } from '../errors.ts'
import type { RequestHead } from '../http/heads.ts'
import type { HashKey } from '../routing/hash-key.ts'
import { locationOf, type Redirect } from '../routing/redirect.ts'
import type { RouteInfo } from '../routing/route-info.ts'
import { drawShare, pointOf, type Share } from '../routing/split.ts'
import type { Audience } from '../services/routing-facts.ts'
import type { HeadEdits } from './head-edits.ts'
import type { ServiceAccess } from './service-access.ts'

/** How long things may take, in ms, how large they may be, in bytes, and how often they may be tried, for the requests of one route. */
export interface ForwardingLimits {
  /** From the end of the request to the head of the response. */
  readonly responseTimeoutMs: number
  /** Between two pieces of a body, in either direction. */
  readonly bodyIdleMs: number
  readonly tunnelIdleMs: number
  /** Retries of one request, without the free one. */
  readonly retries: number
  /** How much of a request's body is kept for a retry. */
  readonly replayBytes: number
  /** 0: no limit. */
  readonly maxBodyBytes: number
}

/** Services that requests are divided among. */
export interface Split {
  readonly shares: ReadonlyArray<Share<ServiceAccess>>
  /** What decides instead of a draw, where a request has it. */
  readonly splitBy: HashKey | undefined
  /** A number from 0 up to 1. */
  readonly random: () => number
}

export interface RouteOptions {
  readonly info: RouteInfo
  readonly limits: ForwardingLimits
  /** Those of calls of gRPC; without them: as `limits`, but without what a call may be silent for. */
  readonly callLimits?: ForwardingLimits | undefined
  /** Where its requests go; of a redirect it is the service that would explain itself, if it had to. */
  readonly destination: ServiceAccess | Split
  readonly redirect?: Redirect | undefined
  readonly isHttpsOnly?: boolean
  readonly edits?: HeadEdits | undefined
  readonly audience?: Audience | undefined
}

/** The routing table in force. What it was when a request came is kept for that request. */
export interface Routes {
  /** `ambiguous`: backends could read the path in several ways, which lead to different routes. Undefined: no route. */
  find (head: RequestHead): ForwardingRoute | 'ambiguous' | undefined
  /** For requests that are answered without a route, such as malformed ones. */
  readonly fallback: ForwardingRoute
}

/** What was found for a head, which is a value: it holds for this object only. */
export interface FoundRoute {
  readonly head: RequestHead
  readonly route: ReturnType<Routes['find']>
}

/** What becomes of the requests of one route. It is made with the routing table: a request only follows pointers. */
export class ForwardingRoute {
  readonly info: RouteInfo
  readonly limits: ForwardingLimits
  /** For calls of gRPC. */
  readonly callLimits: ForwardingLimits
  readonly edits: HeadEdits | undefined
  readonly audience: Audience | undefined
  /** Some of its requests, or all, are answered with another url. */
  readonly isRedirecting: boolean
  readonly #destination: ServiceAccess | Split
  readonly #redirect: Redirect | undefined
  /** Draws that went to another service, since the one that was drawn had no backend. */
  passedOn = 0

  constructor (options: RouteOptions) {
    const { info, limits, callLimits = withoutPauses(limits), destination, redirect, isHttpsOnly = false, edits, audience } = options
    this.info = info
    this.limits = limits
    this.callLimits = callLimits
    this.edits = edits
    this.audience = audience
    this.isRedirecting = redirect !== undefined || isHttpsOnly
    this.#destination = destination
    this.#redirect = redirect
  }

  /** The service that this request goes to; of a split, the one of its cookie, of its key, or one that is drawn. */
  serviceFor (head: RequestHead, clientAddress: string): ServiceAccess {
    const destination = this.#destination
    if (!('shares' in destination)) return destination
    const sticky = stickyMember(destination, head)
    if (sticky !== undefined) return sticky
    const point = pointFor(destination, head, clientAddress)
    const drawn = drawMember(destination, point)
    const chosen = ableMember(destination, point, drawn)
    if (chosen !== drawn) this.passedOn++
    return chosen
  }

  /** The service that such a request would go to: nothing is counted. */
  wouldServe (head: RequestHead, clientAddress: string): ServiceAccess {
    const destination = this.#destination
    if (!('shares' in destination)) return destination
    const sticky = stickyMember(destination, head)
    if (sticky !== undefined) return sticky
    const point = pointFor(destination, head, clientAddress)
    return ableMember(destination, point, drawMember(destination, point))
  }

  /** All services that its requests may go to. */
  get services (): readonly ServiceAccess[] {
    return 'shares' in this.#destination ? this.#destination.shares.map(({ member }) => member) : [this.#destination]
  }

  /** The url to answer with; undefined for a request that is to be forwarded. */
  redirectFor ({ head: { host, target, fields }, connection: { peer } }: ClientExchange): FastifyError | Target | undefined {
    const redirect = this.#redirect ?? toHttps
    if (redirect.to === 'https') {
      // A redirect that has nothing to forward to would lead here again.
      if (cameByTls(peer, fields.get('x-forwarded-proto'))) return this.#redirect === undefined ? undefined : new NoRouteError()
    }
    const location = locationOf(redirect, host, target)
    return location === undefined ? new BadRequestError() : { location, statusCode: redirect.statusCode }
  }
}

/** A call may be silent for as long as it likes: its client says how long it may take, and PINGs find connections that are dead. */
function withoutPauses (limits: ForwardingLimits): ForwardingLimits {
  return { ...limits, responseTimeoutMs: Infinity, bodyIdleMs: Infinity }
}

/** The service that the cookie of this request names. */
function stickyMember ({ shares }: Split, { fields }: RequestHead): ServiceAccess | undefined {
  for (const { member } of shares) if (member.isSticky && member.stickyBackend(fields) !== undefined) return member
  return undefined
}

function pointFor ({ splitBy, random }: Split, head: RequestHead, clientAddress: string): number {
  const key = splitBy?.(head, clientAddress)
  return key === undefined ? random() : pointOf(key)
}

function drawMember ({ shares }: Split, point: number): ServiceAccess {
  return drawShare(shares, point, anyMember) as ServiceAccess
}

/** Where the service that was drawn has no backend in rotation, another one that has gets its share. */
function ableMember ({ shares }: Split, point: number, drawn: ServiceAccess): ServiceAccess {
  return isAble(drawn) ? drawn : drawShare(shares, point, isAble) ?? drawn
}

interface Target {
  readonly location: string
  readonly statusCode: number
}

const toHttps: Redirect = { to: 'https', statusCode: 308 }

function anyMember (): boolean {
  return true
}

function isAble ({ service: { rotation } }: ServiceAccess): boolean {
  return rotation.length > 0
}
