import { ServerResponse, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Upgrade } from './forwarder.ts'
import { answerClientError } from './client-error.ts'
import { MethodNotAllowedError } from '../errors.ts'
import { afterTurns } from './turns.ts'

const kUpgrade = Symbol('upgrade')

interface UpgradeRequest extends IncomingMessage {
  [kUpgrade]?: Upgrade
}

/** The connection that this request wants to take out of HTTP, if it does. */
export function upgradeOf (req: UpgradeRequest): Upgrade | undefined {
  return req[kUpgrade]
}

/**
 * Makes upgrades requests like others: `route` gets them with a response to answer, so that hooks run. Returns the sockets
 * that have left HTTP; the server does not know them any more, so whoever ends the server must end them.
 */
export function routeUpgrades (server: Server, route: (req: IncomingMessage, res: ServerResponse) => void): Set<Socket> {
  const sockets = new Set<Socket>()
  server.on('upgrade', (req: UpgradeRequest, socket: Socket, early: Buffer) => {
    sockets.add(socket)
    // From here on the server listens to nothing of this socket; an error without a listener would end the process.
    socket.on('error', () => { socket.destroy() })
    socket.once('close', () => { sockets.delete(socket) })
    req[kUpgrade] = { socket, early }
    afterTurns(socket, () => {
      // That of an idle connection, which Node has set after an answer just now.
      socket.setTimeout(0)
      const res = new ServerResponse(req)
      res.shouldKeepAlive = false
      res.assignSocket(socket)
      socket.on('drain', () => { if (res.writableNeedDrain) res.emit('drain') })
      res.once('finish', () => { socket.destroySoon() })
      route(req, res)
    })
  })
  server.on('connect', (_req: IncomingMessage, socket: Socket) => {
    socket.on('error', () => { socket.destroy() })
    answerClientError(new MethodNotAllowedError(), socket)
  })
  return sockets
}
