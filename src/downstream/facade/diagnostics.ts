import { channel } from 'node:diagnostics_channel'
import type { Facade } from './facade.ts'

/** The channels of node:http's server, which monitors subscribe to. */
const start = channel('http.server.request.start')
const created = channel('http.server.response.created')
const finish = channel('http.server.response.finish')

export function isObserved (): boolean {
  return start.hasSubscribers || created.hasSubscribers || finish.hasSubscribers
}

export function publishStart ({ req: request, res: response }: Facade, server: unknown): void {
  if (created.hasSubscribers) created.publish({ request, response })
  if (start.hasSubscribers) start.publish({ request, response, socket: request.socket, server })
  if (finish.hasSubscribers) response.once('finish', () => { finish.publish({ request, response, socket: request.socket, server }) })
}
