import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { ClientExchangeListener } from '../../src/downstream/client-exchange.ts'
import { Listener } from '../../src/downstream/listener.ts'
import type { OwnerExchange } from '../../src/downstream/owner-exchange.ts'
import { Refusals, type Refusal } from '../../src/downstream/refusals.ts'
import type { Fields } from '../../src/http/fields.ts'
import type { MessageError } from '../../src/http1/message-error.ts'
import { FakeClock } from './clock.ts'
import { startByteClient, type ByteEnd } from './bytes.ts'

/** Listens to an exchange, and writes down what it is told. */
export class Heard implements ClientExchangeListener {
  readonly exchange: OwnerExchange
  body = ''
  trailers: Fields | undefined
  bodyEnds = 0
  error: MessageError | undefined
  drains = 0
  ends = 0
  thrown: unknown[] = []

  constructor (exchange: OwnerExchange) {
    this.exchange = exchange
  }

  onBody (bytes: Buffer): void {
    this.body += bytes.toString('latin1')
  }

  onBodyEnd (trailers: Fields): void {
    this.bodyEnds++
    this.trailers = trailers
  }

  onBodyError (error: MessageError): void {
    this.error = error
  }

  onDrain (): void {
    this.drains++
  }

  onEnd (): void {
    this.ends++
  }

  onThrown (error: unknown): void {
    this.thrown.push(error)
    this.exchange.reset('cut')
  }

  /** Answers with this body. */
  answer (text: string, statusCode = 200): void {
    const body = Buffer.from(text, 'latin1')
    this.exchange.begin(statusCode, 'Fine', `Content-Length: ${body.length}\r\n`, body.length)
    this.exchange.write(body)
    this.exchange.end('')
  }
}

export type Settings = Partial<Pick<Listener, 'headerTimeoutMs' | 'keepAliveTimeoutMs' | 'abortOnClientEnd' | 'maxConnections' | 'trust'>>

export interface StartedListener {
  readonly listener: Listener
  readonly port: number
  readonly clock: FakeClock
  /** All exchanges so far. */
  readonly heard: Heard[]
  readonly refused: Refusal[]
  /** What went wrong where no exchange answers for it. */
  readonly thrown: unknown[]
  /** A client that says `bytes`. */
  client (bytes?: string): Promise<ByteEnd>
}

/** Starts a listener whose time stands still, and which hands each exchange to `handle`. */
export async function startListener (t: TestContext, handle: (heard: Heard) => void, settings: Settings = {}): Promise<StartedListener> {
  const refusals = new Refusals()
  const heard: Heard[] = []
  const refused: Refusal[] = []
  const thrown: unknown[] = []
  const clock = new FakeClock()
  refusals.listeners.add((refusal) => { refused.push(refusal) })
  const listener = new Listener({
    refusals,
    onThrown: (error) => { thrown.push(error) },
    onExchange: (exchange) => {
      const one = new Heard(exchange)
      heard.push(one)
      exchange.listener = one
      handle(one)
    }
  })
  listener.clock = clock
  Object.assign(listener, settings)
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  t.after(() => {
    listener.close()
    listener.closeAllConnections()
  })
  const { port } = listener.address() as AddressInfo
  return { listener, port, clock, heard, refused, thrown, client: (bytes = '') => startByteClient(t, port, bytes) }
}

/** Answers at once with method, target and body. */
export function echo (heard: Heard): void {
  const { exchange } = heard
  heard.onBodyEnd = (trailers) => {
    heard.trailers = trailers
    heard.answer(`${exchange.head.method} ${exchange.head.target} ${heard.body}\n`)
  }
  if (exchange.body === 'none') heard.answer(`${exchange.head.method} ${exchange.head.target}\n`)
  else exchange.readBody()
}

/** Leaves the exchange to the test. */
export function holds (): void {}
