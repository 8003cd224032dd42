import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { AppOptions } from '../../src/app.ts'
import { startAnyGateway, type AnyGateway } from './any-gateway.ts'
import { startRawBackend } from './backend.ts'
import { startGateway } from './gateway.ts'
import { until } from './until.ts'
import { assertRefused, assertServes, attack } from './wire.ts'

/** A backend that speaks bytes, not HTTP. */
export interface BrokenBackend {
  readonly url: string
  readonly port: number
  /** What it was asked for, in order, without health checks. */
  readonly targets: string[]
  /** The connection of each of those requests; one that is used again is there again. */
  readonly connections: Socket[]
}

export type Behaviour = string | ((socket: Socket) => void)

export const ok = 'HTTP/1.1 200 OK\r\n'
export const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`

/** Starts a backend that answers health checks and `/next` well, and every other request with these bytes or in this way. */
export async function startBrokenBackend (t: TestContext, behaviour: Behaviour): Promise<BrokenBackend> {
  const targets: string[] = []
  const connections: Socket[] = []
  const { url } = await startRawBackend(t, (socket) => {
    let unread = ''
    socket.setEncoding('latin1')
    socket.on('data', (piece) => {
      unread += String(piece)
      for (let end = unread.indexOf('\r\n\r\n'); end !== -1; end = unread.indexOf('\r\n\r\n')) {
        const target = unread.split(' ', 2)[1] ?? ''
        unread = unread.slice(end + 4)
        if (target === '/health') { socket.end(`${ok}Content-Length: 0\r\n\r\n`); return }
        targets.push(target)
        connections.push(socket)
        if (target === '/next') socket.write(`${ok}Content-Length: 5\r\n\r\nhello`)
        else if (typeof behaviour === 'string') socket.write(behaviour, 'latin1')
        else behaviour(socket)
      }
    })
  })
  return { url, port: Number(new URL(url).port), targets, connections }
}

/** A gateway before one backend that is broken; with options, it is in this process. */
export async function startBroken (
  t: TestContext,
  behaviour: Behaviour,
  settings: Record<string, string> = {},
  options?: Partial<AppOptions>
): Promise<{ backend: BrokenBackend; gateway: AnyGateway }> {
  const backend = await startBrokenBackend(t, behaviour)
  const all = { BACKENDS: backend.url, ...settings }
  return { backend, gateway: await (options === undefined ? startAnyGateway(t, all) : startGateway(t, all, options)) }
}

/** A request for `/broken` whose client wants the connection closed behind its answer. */
export function requestBroken (method = 'GET'): string {
  return `${method} /broken HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`
}

/**
 * The gateway is done with the request and well: the connections that the backend has broken are closed, nothing is in
 * flight, and the next request is answered on another one.
 */
export async function assertLeftBehind (backend: BrokenBackend, gateway: AnyGateway): Promise<void> {
  const broken = [...backend.connections]
  await until('the backend\'s connection to be closed', () => broken.every((socket) => socket.closed))
  await until('nothing in flight', async () => (await gateway.counts()).inFlight === 0)
  await assertServes(gateway)
  assert.equal(backend.targets.at(-1), '/next')
  assert.ok(!broken.includes(backend.connections.at(-1) as Socket))
}

/** A response of these bytes becomes the gateway's own 502, and is not asked for again. */
export async function assertBecomes502 (t: TestContext, bytes: string): Promise<void> {
  const { backend, gateway } = await startBroken(t, bytes)
  assertRefused(await attack(gateway.port, requestBroken()), 502, backend)
  assert.deepEqual(backend.targets, ['/broken'])
  await assertLeftBehind(backend, gateway)
}
