import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from 'node:http2'
import { createServer as createPlainServer } from 'node:net'

export type Incoming = IncomingMessage | Http2ServerRequest
export type Outgoing = ServerResponse | Http2ServerResponse
type Handle = (req: Incoming, res: Outgoing) => void

/** A server of either protocol, with tunnels that send back what they get. */
export interface BackendServer {
  /** Before a response: let the connection end with it, if the protocol has that. */
  readonly askToLeave: (res: Outgoing) => void
  /** Without the rest of its response. */
  readonly cut: (res: Outgoing) => void
  /** No new connections; resolves when what is under way has ended. */
  readonly close: () => Promise<void>
}

export function startHttp1 (port: number, handle: Handle, onListening: () => void): BackendServer {
  const server = http1Server(handle).listen(port, '127.0.0.1', onListening)
  return {
    askToLeave (res) { res.setHeader('connection', 'close') },
    cut ({ socket }) { socket?.destroy() },
    close: () => new Promise((resolve) => { server.close(() => { resolve() }) })
  }
}

/** By prior knowledge; tunnels come by HTTP/1.1, to the same port. */
export function startHttp2 (port: number, handle: Handle, onListening: () => void): BackendServer {
  const sessions = new Set<ServerHttp2Session>()
  const http2 = createHttp2Server(handle).on('session', (session) => {
    sessions.add(session)
    session.on('error', () => {})
    session.on('close', () => { sessions.delete(session) })
  })
  const http1 = http1Server((_req, res) => { res.writeHead(505).end() })
  const server = createPlainServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (first) => {
      socket.pause()
      socket.unshift(first)
      // Of "PRI * HTTP/2.0": RFC 9113 section 3.4.
      const isHttp2 = String(first).startsWith('PRI')
      ;(isHttp2 ? http2 : http1).emit('connection', socket)
      if (!isHttp2) socket.resume()
    })
  }).listen(port, '127.0.0.1', onListening)
  return {
    // GOAWAY at the end takes this part: RFC 9113 section 8.2.2 allows no Connection header.
    askToLeave () {},
    cut (res) { (res as Http2ServerResponse).stream.destroy() },
    close: () => new Promise((resolve) => {
      server.close(() => { resolve() })
      for (const session of sessions) session.close()
    })
  }
}

function http1Server (handle: Handle): Server {
  const server = createServer(handle)
  // Longer than any gateway here keeps an idle connection: who closes first is not what is tried.
  server.keepAliveTimeout = 600_000
  server.on('upgrade', (req, socket) => {
    socket.on('error', () => {})
    // RFC 6455 section 4.2.2; HAProxy holds a backend to it.
    const accept = createHash('sha1').update(`${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
    socket.pipe(socket)
  })
  return server
}
