import type { Facade, FacadeHost } from './facade.ts'
import { OfferedSocket } from './offered-socket.ts'

/**
 * Offers a request that wants another protocol to those who listen for 'upgrade', as node:http does. Returns whether one has
 * taken it, before it returned: by giving it to Fastify itself, or by using, ending or destroying the socket. Others may only have
 * looked on.
 */
export function offerUpgrade (facade: Facade, host: FacadeHost): boolean {
  const socket = new OfferedSocket(facade.exchange)
  host.emit('upgrade', facade.req, socket, Buffer.alloc(0))
  // Fastify notes the url before it makes one for its router of it.
  if (facade.request.originalUrl !== undefined) return true
  socket.takeForReaders()
  return socket.isTaken
}
