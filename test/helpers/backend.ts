import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { untrusted } from './certificate.ts'

/** A backend that runs in the test. */
export interface TestBackend {
  readonly url: string
  readonly port: number
  readonly server: Server
  /** What it was asked, in order, without health checks. */
  readonly requests: IncomingMessage[]
  /** The health checks, in order. */
  readonly checks: IncomingMessage[]
  /** Stops to listen and cuts its connections, as a process that is killed does. */
  die (): Promise<void>
}

/** Starts "a backend that …": `startBackend(t, answers('a'))`. Health checks pass unless `isHealthy` says otherwise. */
export async function startBackend (
  t: TestContext,
  behaviour: RequestListener,
  isHealthy: () => boolean = () => true
): Promise<TestBackend> {
  return await start(t, 'http', createServer(), behaviour, isHealthy)
}

/** Starts "a backend that …" on TLS, with a certificate that nobody has signed. */
export async function startUntrustedBackend (t: TestContext, behaviour: RequestListener): Promise<TestBackend> {
  return await start(t, 'https', createTlsServer(untrusted), behaviour, () => true)
}

async function start (
  t: TestContext,
  protocol: string,
  server: Server,
  behaviour: RequestListener,
  isHealthy: () => boolean
): Promise<TestBackend> {
  const requests: IncomingMessage[] = []
  const checks: IncomingMessage[] = []
  server.on('request', (req, res) => {
    if (req.url === '/health') {
      checks.push(req)
      res.statusCode = isHealthy() ? 200 : 503
      res.end()
      return
    }
    requests.push(req)
    behaviour(req, res)
  })
  const port = await listen(server)
  const die = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve()
      })
      server.closeAllConnections()
    })
  t.after(die)
  return { url: `${protocol}://127.0.0.1:${port}`, port, server, requests, checks, die }
}

/** Starts a server that speaks bytes, not HTTP: `behaviour` gets each connection. */
export async function startRawBackend (t: TestContext, behaviour: (socket: Socket) => void): Promise<{ url: string, sockets: Socket[] }> {
  const sockets: Socket[] = []
  const server = createTcpServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    behaviour(socket)
  })
  const port = await listen(server)
  t.after(() => new Promise((resolve) => {
    server.close(resolve)
    for (const socket of sockets) socket.destroy()
  }))
  return { url: `http://127.0.0.1:${port}`, sockets }
}

/** Answers with what it was sent. */
export async function startMirror (t: TestContext): Promise<string> {
  const { url } = await startRawBackend(t, (socket) => {
    socket.once('data', (bytes) => {
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\nConnection: close\r\n\r\n${bytes}`)
    })
  })
  return url
}

export function answers (body: string): RequestListener {
  return (_req, res) => { res.end(body) }
}

export function answersWith (status: number, headers: Record<string, string> = {}, body = ''): RequestListener {
  return (_req, res) => { res.writeHead(status, headers).end(body) }
}

/** Sends the body of the request back as it comes. */
export const echoes: RequestListener = (req, res) => { req.pipe(res) }

/** Takes the request and says nothing. */
export const neverAnswers: RequestListener = () => {}

/** Promises 100 bytes, sends some, and cuts the connection. */
export const diesMidBody: RequestListener = (_req, res) => {
  res.writeHead(200, { 'content-length': '100' })
  res.write('the first half', () => { res.socket?.resetAndDestroy() })
}

/** The same with a body of unknown length, whose end only the last chunk tells. */
export const diesMidChunks: RequestListener = (_req, res) => {
  res.write('the first half', () => { res.socket?.resetAndDestroy() })
}

/** The url of a port at which nobody listens: one that was bound and let go. */
export async function refusedUrl (): Promise<string> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

export function listen (server: TcpServer): Promise<number> {
  return new Promise((resolve) => { server.listen(0, '127.0.0.1', () => { resolve((server.address() as AddressInfo).port) }) })
}
