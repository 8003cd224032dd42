import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http'
import { connect, type AddressInfo, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import createFastify, { type FastifyInstance } from 'fastify'
import { showToOwner } from '../../src/downstream/facade/show-to-owner.ts'
import { Listener } from '../../src/downstream/listener.ts'
import { Refusals } from '../../src/downstream/refusals.ts'
import { readResponses, type ReadResponse } from './read-responses.ts'

export type Note = (...what: unknown[]) => void

/** What came of the same on a server: what the client read, and what its owner noted, in order. */
export interface Seen {
  readonly responses: ReadResponse[]
  readonly notes: string[]
}

type Serve = (route: RequestListener) => Server

/** On the gateway's own listener, and on node:http, which says what is right. */
const servers: Array<[name: 'listener' | 'node', serve: Serve]> = [
  ['node', (route) => createServer({ keepAliveTimeout: 5000 }, route)],
  ['listener', (route) => {
    const listener = new Listener({ refusals: new Refusals(), onExchange: () => {}, onThrown: (error) => { throw error } })
    listener.onExchange = showToOwner(route, listener)
    return listener
  }]
]

/** Speaks to a server; by default says all at once, and waits for its end. */
export type Client = (socket: Socket) => void | Promise<void>

/** Runs the same listener, and the same client, on both. */
export async function onBothServers (t: TestContext, behaviour: (note: Note) => RequestListener, client: string | Client): Promise<{ node: Seen, listener: Seen }> {
  return await onBoth(t, async (serve, note) => {
    const server = serve(behaviour(note))
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    t.after(() => new Promise<void>((resolve) => {
      server.close(() => { resolve() })
      ;(server as HttpServer).closeAllConnections()
    }))
    return (server.address() as AddressInfo).port
  }, client)
}

/** Builds the same application of Fastify's on both, and runs the same client. */
export async function onBothFastifies (t: TestContext, own: (app: FastifyInstance, note: Note) => void | Promise<void>, client: string | Client): Promise<{ node: Seen, listener: Seen }> {
  return await onBoth(t, async (serve, note) => {
    const app = createFastify({ forceCloseConnections: 'idle', serverFactory: (route) => serve(route as RequestListener) as never })
    await own(app, note)
    t.after(() => {
      const closed = app.close()
      ;(app.server as HttpServer).closeAllConnections()
      return closed
    })
    await app.listen({ host: '127.0.0.1', port: 0 })
    return (app.server.address() as AddressInfo).port
  }, client)
}

async function onBoth (t: TestContext, start: (serve: Serve, note: Note) => Promise<number>, client: string | Client): Promise<{ node: Seen, listener: Seen }> {
  const seen: Partial<Record<'listener' | 'node', Seen>> = {}
  for (const [name, serve] of servers) {
    const notes: string[] = []
    const port = await start(serve, (...what) => { notes.push(what.map(textOf).join(' ')) })
    const bytes = await talk(t, port, typeof client === 'string' ? (socket) => { socket.write(client, 'latin1') } : client)
    // What is noted after the end.
    await new Promise((resolve) => { setTimeout(resolve, 20) })
    seen[name] = { responses: readResponses(bytes, typeof client === 'string' && client.startsWith('HEAD ')), notes }
  }
  return seen as { node: Seen, listener: Seen }
}

/** As `onBothFastifies`; what came of it must be the same, and is returned. */
export async function sameOnBothFastifies (t: TestContext, own: (app: FastifyInstance, note: Note) => void | Promise<void>, client: string | Client): Promise<Seen> {
  const { node, listener } = await onBothFastifies(t, own, client)
  assert.deepEqual(listener, node)
  return listener
}

export async function sameOnBothServers (t: TestContext, behaviour: (note: Note) => RequestListener, client: string | Client): Promise<Seen> {
  const { node, listener } = await onBothServers(t, behaviour, client)
  assert.deepEqual(listener, node)
  return listener
}

function talk (t: TestContext, port: number, client: Client): Promise<string> {
  return new Promise((resolve, reject) => {
    let bytes = ''
    const socket = connect(port, '127.0.0.1')
    t.after(() => { socket.destroy() })
    socket.on('data', (piece: Buffer) => { bytes += piece.toString('latin1') })
    socket.on('error', () => {})
    socket.on('close', () => { resolve(bytes) })
    socket.on('connect', () => { Promise.resolve(client(socket)).catch(reject) })
  })
}

function textOf (value: unknown): string {
  return value instanceof Error ? `${value.name}(${(value as { code?: string }).code ?? value.message})` : typeof value === 'string' ? value : JSON.stringify(value)
}
