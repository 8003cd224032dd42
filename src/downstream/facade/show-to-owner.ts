import { AsyncResource } from 'node:async_hooks'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { isObserved, publishStart } from './diagnostics.ts'
import { Facade, type FacadeHost } from './facade.ts'
import { offerUpgrade } from './offer-upgrade.ts'
import type { OwnerExchange } from '../owner-exchange.ts'

/**
 * What shows the exchanges of a server to `route`, which is Fastify's, and to those who listen to the server as to one of
 * node:http: for 'request', and for 'upgrade', which may take the connection away.
 */
export function showToOwner (route: RequestListener, host: FacadeHost): (exchange: OwnerExchange) => void {
  // A request may come up within what another one has called, whose context is not for it.
  const root = new AsyncResource('EVENKEEL_LISTENER')
  return (exchange) => { root.runInAsyncScope(show, undefined, exchange) }

  function show (exchange: OwnerExchange): void {
    const facade = new Facade(exchange, host)
    if (isObserved()) publishStart(facade, host)
    const isListenedTo = host.listenerCount('request') > 0 || (exchange.upgrade !== undefined && host.listenerCount('upgrade') > 0)
    facade.show(isListenedTo ? (req, res) => { tellListeners(facade, req, res) } : route)
  }

  function tellListeners (facade: Facade, req: IncomingMessage, res: ServerResponse): void {
    if (facade.exchange.upgrade !== undefined && host.listenerCount('upgrade') > 0 && offerUpgrade(facade, host)) return
    host.emit('request', req, res)
    route(req as never, res as never)
  }
}
