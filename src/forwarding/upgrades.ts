import { ServerResponse, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Upgrade } from './forwarder.ts'
import { answerClientError } from './client-error.ts'
import { HeadersTooLargeError, MethodNotAllowedError } from '../errors.ts'
import { EarlyBytes } from './early-bytes.ts'
import { holdSocket, releaseSocket } from './held-socket.ts'
import type { Refusals } from './refusals.ts'
import { afterTurns, isIdle } from './turns.ts'

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
  server.on('upgrade', (req: UpgradeRequest, _stream: Socket, early: Buffer) => {
    const { socket } = req
    // From here on the server listens to nothing of this socket; an error without a listener would end the process.
    socket.on('error', destroy)
    sockets.add(socket)
    socket.once('close', forget)
    if (hasTooManyFields(req)) return answerClientError(new HeadersTooLargeError(), socket, refusals)
    const protocols = protocolsOf(req)
    if (protocols === undefined) return ignoreUpgrade(req, early)
    req.headers.upgrade = protocols
    const upgrade = { socket, early: new EarlyBytes(socket, early) }
    afterTurns(socket, () => { begin(req, upgrade) })
  })
  server.on('connect', ({ socket }: IncomingMessage) => {
    socket.on('error', destroy)
    answerClientError(new MethodNotAllowedError(), socket, refusals)
  })
  return sockets

  function forget (this: Socket): void {
    sockets.delete(this)
  }

  function begin (req: UpgradeRequest, upgrade: Upgrade): void {
    const { socket } = upgrade
    req[kUpgrade] = upgrade
    // That of an idle connection, which Node has set after an answer just now.
    socket.setTimeout(0)
    const res = new ServerResponse(req)
    res.shouldKeepAlive = false
    res.assignSocket(socket)
    socket.on('drain', () => { if (res.writableNeedDrain) res.emit('drain') })
    res.once('finish', () => { socket.destroySoon() })
    route(req, res)
  }

  /** Gives the connection back to the server, as if the client had not asked to change the protocol. */
  function ignoreUpgrade (req: IncomingMessage, early: Buffer): void {
    const { socket } = req
    if (!isIdle(socket)) holdSocket(socket)
    afterTurns(socket, () => {
      socket.off('error', destroy)
      socket.off('close', forget)
      sockets.delete(socket)
      socket.setTimeout(0)
      socket.unshift(Buffer.concat([Buffer.from(plainHead(req), 'latin1'), early]))
      server.emit('connection', socket)
      releaseSocket(socket)
    })
  }
}

function destroy (this: Socket): void {
  this.destroy()
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
