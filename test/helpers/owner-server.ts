import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import createFastify, { type FastifyInstance } from 'fastify'
import { facadeOf } from '../../src/downstream/facade/facade.ts'
import { showToOwner } from '../../src/downstream/facade/show-to-owner.ts'
import { Listener } from '../../src/downstream/listener.ts'
import { Refusals } from '../../src/downstream/refusals.ts'
import type { ClientExchange } from '../../src/downstream/client-exchange.ts'

/** An owner's Fastify application on the gateway's own listener, without the gateway. */
export interface OwnerServer {
  readonly app: FastifyInstance
  readonly listener: Listener
  readonly port: number
  readonly url: string
  /** What was thrown where nobody above would catch it. */
  readonly thrown: unknown[]
}

export type Forward = (exchange: ClientExchange) => void

/** Starts it. What no route of the owner's answers is forwarded, which here is done by `forward`. */
export async function startOwnerServer (t: TestContext, own: (app: FastifyInstance) => void | Promise<void>, forward: Forward = answerForwarded): Promise<OwnerServer> {
  const thrown: unknown[] = []
  const onThrown = (error: unknown): void => { thrown.push(error) }
  const listener = new Listener({ refusals: new Refusals(), onExchange: () => {}, onThrown })
  const app = createFastify({
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1000 },
    serverFactory: (route) => {
      listener.onExchange = showToOwner(route, listener)
      return listener as never
    }
  })
  await own(app)
  app.all('/*', {
    preHandler: (request, reply) => {
      reply.hijack()
      const facade = facadeOf(request.raw)
      if (facade !== undefined) forward(facade.handOver(reply.raw))
    }
  }, () => {})
  t.after(() => {
    const closed = app.close()
    listener.closeAllConnections()
    return closed
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, listener, url, port: (listener.address() as AddressInfo).port, thrown }
}

/** Answers `forwarded` in place of a backend. */
export function answerForwarded (exchange: ClientExchange): void {
  exchange.listener = { onBody () {}, onBodyEnd () {}, onBodyError () {}, onDrain () {}, onEnd () {}, onThrown () {} }
  if (exchange.body !== 'none') exchange.discardBody()
  const body = Buffer.from('forwarded')
  exchange.begin(200, 'OK', `Content-Length: ${body.length}\r\n`, body.length)
  exchange.write(body)
  exchange.end('')
}
