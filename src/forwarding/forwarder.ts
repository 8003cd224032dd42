import type { Readable } from 'node:stream'
import type { FastifyError } from '@fastify/error'
import type { Backend } from '../backends/backend.ts'
import type { ClientExchange } from '../downstream/client-exchange.ts'
import {
  AmbiguousPathError, BadRequestError, BodyTooLargeError, InternalError, LoopError, NoRouteError, OverloadedError
} from '../errors.ts'
import type { RequestHead } from '../http/heads.ts'
import { assertNotBegun } from './client-response.ts'
import { sendError } from './own-answer.ts'
import { Exchange } from './exchange.ts'
import type { HeadHooks } from './head-hooks.ts'
import type { HookHeaders } from './hook-headers.ts'
import { isLoop } from './headers-to-backend.ts'
import type { ProcessContext } from './process-context.ts'
import type { ForwardingRoute, FoundRoute, Routes } from './route.ts'

/** What owners' hooks have made of a request; all of it may be left out. */
export interface ForwardOptions {
  /** What names it wherever it is spoken of; `isRequestId` holds. */
  readonly requestId?: string | undefined
  /** The route that they were shown. */
  readonly found?: FoundRoute | undefined
  /** What they have set on the response. */
  readonly hookHeaders?: HookHeaders | undefined
  /** What is to be sent in place of the client's body. */
  readonly body?: Readable | undefined
  /** Those that see the head of the response before the client does. */
  readonly headHooks?: HeadHooks | undefined
  /** What it is answered with in place of a backend's response. */
  readonly refusal?: FastifyError | undefined
}

/** Sends requests on to backends and streams their responses back. */
export class Forwarder {
  readonly #process: ProcessContext
  readonly #routes: Routes

  constructor (process: ProcessContext, routes: Routes) {
    this.#process = process
    this.#routes = routes
  }

  /** Answers: by a backend in rotation or, when none can, by the gateway itself. Throws nothing. */
  forward (client: ClientExchange, options: ForwardOptions = {}): void {
    const { head } = client
    const { hookHeaders, body, headHooks } = options
    const requestId = options.requestId ?? this.#nameOf(client)
    try {
      assertNotBegun(client)
      const found = head.isMalformed ? undefined : options.found?.head === head ? options.found.route : this.#routes.find(head)
      const route = found === undefined || found === 'ambiguous' ? this.#routes.fallback : found
      const exchange = new Exchange(this.#process, route, client, {
        head, requestId, hookHeaders, body, headHooks, changes: route.edits?.response
      })
      // It has left while hooks were looking at its request.
      if (client.isEnded) return exchange.onEnd()
      const refusal = options.refusal ?? this.#refusal(client, head, found)
      if (refusal === undefined) return route.isRedirecting ? redirect(exchange, route, client) : exchange.start()
      if (refusal instanceof BadRequestError) client.isLast = true
      exchange.answer(refusal)
    } catch (error) {
      this.fail(client, requestId, error)
    }
  }

  /** Answers a request at which the gateway has failed before it became an exchange. */
  fail (client: ClientExchange, requestId: string, error: unknown): void {
    this.#process.onThrown(error, { method: client.head.method, requestId })
    try {
      sendError(client, new InternalError(), requestId)
    } catch {
      client.reset('cut')
    }
  }

  /** The backend has left: nobody will ask it again. */
  forget (backend: Backend): void {
    this.#process.pools.forget(backend)
  }

  /** Exchanges whose client has neither got its answer nor left. */
  get openExchanges (): number {
    return this.#process.open.count
  }

  /** Open connections to this backend. */
  connectionsTo (backend: Backend): number {
    return this.#process.pools.countTo(backend)
  }

  /** Ends all connections to backends at once. */
  close (): void {
    this.#process.pools.close()
  }

  #nameOf ({ head, connection: { peer } }: ClientExchange): string {
    return this.#process.nameRequest(peer.isTrusted ? head.fields.get('x-request-id') : undefined)
  }

  #refusal (
    { contentLength }: ClientExchange, head: RequestHead, route: ForwardingRoute | 'ambiguous' | undefined
  ): FastifyError | undefined {
    if (head.isMalformed) return new BadRequestError()
    if (route === undefined) return new NoRouteError()
    if (route === 'ambiguous') return new AmbiguousPathError()
    const { maxBodyBytes } = route.limits
    if (this.#process.open.isTooMuch(head)) return new OverloadedError()
    if (isLoop(head, this.#process.pseudonym)) return new LoopError()
    if (maxBodyBytes > 0 && contentLength > maxBodyBytes) return new BodyTooLargeError()
    return undefined
  }
}

/** Sends it elsewhere, or, where it is there already, on. */
function redirect (exchange: Exchange, route: ForwardingRoute, client: ClientExchange): void {
  const redirect = route.redirectFor(client)
  if (redirect === undefined) exchange.start()
  else if (redirect instanceof Error) exchange.answer(redirect)
  else exchange.redirect(redirect.location, redirect.statusCode)
}
