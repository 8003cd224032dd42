import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { TLSSocket } from 'node:tls'
import type { StatedEnds } from '../../src/proxy-protocol/ends.ts'
import { readHeader } from '../../src/proxy-protocol/reader.ts'

/** A connection that began with a header. */
export interface ProxiedConnection {
  readonly socket: Socket
  /** latin1. */
  readonly header: string
  readonly ends: StatedEnds | undefined
  readonly requests: IncomingMessage[]
}

export interface ProxiedBackend {
  readonly url: string
  readonly port: number
  /** Those whose header was whole, in their order. */
  readonly connections: ProxiedConnection[]
  /** What came on other connections. */
  readonly malformed: string[]
  /** Those of connections that carried a request other than a health check. */
  stated (): Array<StatedEnds | undefined>
}

export interface ProxiedBackendOptions {
  /** What serves the connection behind its header: one of node:http by default, or of node:https. */
  readonly server?: Server
  readonly handle?: RequestListener
  /** Where it listens; by default any port of loopback. */
  readonly path?: string
  /** What becomes of a connection in place of that. */
  readonly onHeader?: (connection: ProxiedConnection) => void
}

/** Starts a backend each of whose connections has to begin with a header of the PROXY protocol. Health checks pass. */
export async function startProxiedBackend (
  t: TestContext, { server = createServer(), handle = (_req, res) => { res.end('hello') }, path, onHeader }: ProxiedBackendOptions = {}
): Promise<ProxiedBackend> {
  const connections: ProxiedConnection[] = []
  const malformed: string[] = []
  const sockets: Socket[] = []
  const note = (req: IncomingMessage): void => {
    // That of TLS is another socket than that below it.
    const isItsOwn = ({ socket }: ProxiedConnection): boolean =>
      socket === req.socket || (req.socket instanceof TLSSocket && socket.remotePort === req.socket.remotePort)
    connections.find(isItsOwn)?.requests.push(req)
  }
  if (server.listenerCount('upgrade') > 0) server.prependListener('upgrade', note)
  server.on('request', (req: IncomingMessage, res) => {
    note(req)
    if (req.url === '/health') res.end()
    else handle(req, res)
  })
  const outer = createTcpServer({ allowHalfOpen: true }, (socket) => {
    let bytes = Buffer.alloc(0)
    const onEnd = (): void => { socket.destroy() }
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('end', onEnd)
    socket.on('close', () => { if (bytes.length > 0) malformed.push(bytes.toString('latin1')) })
    socket.on('data', function onData (piece) {
      bytes = Buffer.concat([bytes, piece])
      const read = readHeader(bytes)
      if (read.type === 'incomplete') return
      socket.off('data', onData).off('end', onEnd)
      if (read.type === 'malformed') { socket.destroy(); return }
      const connection = { socket, header: bytes.toString('latin1', 0, read.length), ends: read.ends, requests: [] }
      const rest = bytes.subarray(read.length)
      bytes = Buffer.alloc(0)
      connections.push(connection)
      if (onHeader !== undefined) { onHeader(connection); return }
      server.emit('connection', socket)
      if (rest.length > 0) socket.unshift(rest)
    })
  })
  await new Promise<void>((resolve) => { outer.listen(path ?? { port: 0, host: '127.0.0.1' }, resolve) })
  t.after(() => new Promise((resolve) => {
    outer.close(resolve)
    for (const socket of sockets) socket.destroy()
  }))
  const port = path === undefined ? (outer.address() as AddressInfo).port : 0
  const isTraffic = ({ requests }: ProxiedConnection): boolean => requests.some(({ url }) => url !== '/health')
  return {
    url: path === undefined ? `http://127.0.0.1:${port}` : `unix:${path}`,
    port,
    connections,
    malformed,
    stated: () => connections.filter(isTraffic).map(({ ends }) => ends)
  }
}
