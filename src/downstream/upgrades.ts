import { ServerResponse, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError } from '@fastify/error'
import { answerClientError } from './client-error.ts'
import { releaseDetached, watchDetached } from './detached-socket.ts'
import { HeadersTooLargeError, MethodNotAllowedError } from '../errors.ts'
import { EarlyBytes } from './early-bytes.ts'
import type { Refusals } from './refusals.ts'
import { afterTurns } from './turns.ts'

/** A connection that is to leave HTTP for another protocol, and what its client sends after the request. */
export interface Upgrade {
  readonly socket: Socket
  readonly early: EarlyBytes
}

const kUpgrade = Symbol('upgrade')

interface UpgradeRequest extends IncomingMessage {
  [kUpgrade]?: Upgrade
}

/** The connection that this request wants to take out of HTTP, if it does. */
export function upgradeOf (req: UpgradeRequest): Upgrade | undefined {
  return req[kUpgrade]
}

/**
 * The protocols that a request may change to; undefined when it is served as the plain request that it is, which RFC 9110
 * section 7.8 allows with any, and asks for with HTTP/1.0. HTTP/2 without TLS would make its backend answer requests that
 * the gateway has not seen.
 */
export function protocolsOf (req: IncomingMessage): string | undefined {
  if (req.httpVersionMinor === 0 || mayHaveBody(req)) return undefined
  const protocols = (req.headers.upgrade ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '' && !/^h2c?$/i.test(name))
  return protocols.length === 0 ? undefined : protocols.join(', ')
}

/** Fields cost more memory than their bytes, for as long as their request waits. */
export const maxFields = 200

export function hasTooManyFields ({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.length > 2 * maxFields
}

/** Behind the head of a request with a body no other protocol can begin. */
export function mayHaveBody ({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

/**
 * Makes upgrades requests like others: `route` gets them with a response to answer, so that hooks run. Returns the sockets
 * that have left HTTP; the server does not know them any more, so whoever ends the server must end them.
 */
export function routeUpgrades (server: Server, route: RequestListener, refusals: Refusals): Set<Socket> {
  const sockets = new Set<Socket>()
  // Node's own. All others that listen for connections know those that are given back, and must not hear of them again.
  const [attach] = server.listeners('connection') as [(this: Server, socket: Socket) => void]
  server.on('upgrade', (req: UpgradeRequest, _stream: Socket, early: Buffer) => {
    const { socket } = req
    watchDetached(socket)
    sockets.add(socket)
    socket.once('close', forget)
    if (hasTooManyFields(req)) return refuse(new HeadersTooLargeError(), socket)
    const upgrade = { socket, early: new EarlyBytes(socket, early) }
    const protocols = protocolsOf(req)
    if (protocols === undefined) return afterTurns(socket, () => { giveBack(req, upgrade) })
    req.headers.upgrade = protocols
    afterTurns(socket, () => { begin(req, upgrade) })
  })
  server.on('connect', ({ socket }: IncomingMessage) => {
    watchDetached(socket)
    refuse(new MethodNotAllowedError(), socket)
  })
  return sockets

  function forget (this: Socket): void {
    sockets.delete(this)
  }

  function refuse (error: FastifyError, socket: Socket): void {
    // A client that leaves before its turn is noticed only while it is read.
    socket.resume()
    answerClientError(error, socket, refusals)
  }

  function begin (req: UpgradeRequest, upgrade: Upgrade): void {
    const { socket } = upgrade
    req[kUpgrade] = upgrade
    // That of an idle connection, which Node has set after an answer just now.
    socket.setTimeout(0)
    const res = new ServerResponse(req)
    res.shouldKeepAlive = false
    res.assignSocket(socket)
    res.once('finish', () => { socket.destroySoon() })
    route(req, res)
  }

  /** Gives the connection back to the server, as if the client had not asked to change the protocol. */
  function giveBack (req: IncomingMessage, { socket, early }: Upgrade): void {
    releaseDetached(socket)
    socket.off('close', forget)
    sockets.delete(socket)
    socket.setTimeout(0)
    const { pieces, hasEnded } = early.take()
    const bytes = Buffer.concat([Buffer.from(plainHead(req), 'latin1'), ...pieces])
    if (hasEnded) {
      // The stream takes nothing back after its end, and does not tell of it again.
      attach.call(server, socket)
      socket.emit('data', bytes)
      socket.emit('end')
      return
    }
    // A stream that has read its end, and is about to tell of it, would keep the bytes to itself.
    socket.pause()
    socket.unshift(bytes)
    attach.call(server, socket)
    socket.resume()
  }
}

/** The head of the request without what asks for an upgrade; never longer than it came. */
function plainHead ({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  let head = `${method} ${url} HTTP/${httpVersion}\r\n`
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (!/^(?:upgrade|http2-settings)$/i.test(name)) head += `${name}:${rawHeaders[i + 1]}\r\n`
  }
  return `${head}\r\n`
}
