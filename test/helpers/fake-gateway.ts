import type { RegisterOptions } from '../../src/client/options.ts'
import { register, type Registered } from '../../src/client/register.ts'
import { FakeClock } from './clock.ts'
import { memoryLog, type MemoryLog } from './log.ts'
import { until } from './until.ts'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly body: Record<string, unknown> | undefined
  readonly headers: Record<string, string>
}

/** What a gateway does with one call; undefined: what it does by the contract. */
export type Twist = (asked: Asked) => Response | Error | 'hangs' | undefined

/** A gateway by the contract of its API, in the place of `fetch`: it knows at most one backend. */
export class FakeGateway {
  readonly asked: Asked[] = []
  twist: Twist = () => undefined
  /** The url that is registered. */
  url: string | undefined
  inFlight = 0
  /** Who else serves it. */
  others = 0
  source = 'registered'
  isDraining = false
  /** Answers with a lost connection after the call was carried out. */
  losesAnswers = false

  readonly fetch = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const { pathname, search } = new URL(String(input))
    const { method = 'GET', body } = init
    // Another one each time, and none of a test's business.
    const path = (pathname + search).replace(/instance=[0-9a-f-]{36}/, 'instance=…')
    const asked = {
      method,
      path,
      body: typeof body === 'string' ? JSON.parse(body) : undefined,
      headers: init.headers as Record<string, string>
    }
    this.asked.push(asked)
    const twisted = this.twist(asked)
    if (twisted === 'hangs') {
      await new Promise((resolve) => { init.signal?.addEventListener('abort', resolve) })
      throw init.signal?.reason
    }
    if (twisted instanceof Error) throw twisted
    const response = twisted ?? this.#answer(asked)
    if (this.losesAnswers) throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })
    return response
  }

  /** The calls, as `POST /api/backends`. */
  get calls (): string[] {
    return this.asked.map(({ method, path }) => `${method} ${path}`)
  }

  #answer ({ method, path, body }: Asked): Response {
    if (method === 'POST') {
      const isNew = this.url === undefined
      this.url = String(body?.['url'])
      this.isDraining = false
      return Response.json(this.#view(), { status: isNew ? 201 : 200 })
    }
    if (path === '/api/backends') return Response.json(this.url === undefined ? [] : [this.#view()])
    if (this.url === undefined) return problem(404, 'There is no backend "b1"')
    if (method === 'DELETE') {
      if (this.others > 0) return Response.json(this.#view(method))
      this.isDraining = true
      if (this.inFlight > 0 || this.source === 'configured') return Response.json(this.#view(), { status: 202 })
      this.url = undefined
      return new Response(null, { status: 204 })
    }
    if (method === 'GET' && this.isDraining && this.inFlight === 0 && this.source === 'registered') {
      this.url = undefined
      return problem(410, 'It has left')
    }
    return Response.json(this.#view())
  }

  #view (method?: string): object {
    const holders = this.isDraining ? 0 : this.others + (method === 'DELETE' ? 0 : 1)
    return {
      id: 'b1',
      url: this.url,
      source: this.source,
      inFlight: this.inFlight,
      holders,
      state: this.isDraining ? 'draining' : 'healthy'
    }
  }
}

export function problem (statusCode: number, message: string, code = 'EVENKEEL_X'): Response {
  return Response.json({ statusCode, code, error: 'x', message }, { status: statusCode })
}

export const refusesConnections: Twist = () =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) })

export interface Joining {
  readonly gateway: FakeGateway
  readonly clock: FakeClock
  readonly log: MemoryLog
  readonly member: Registered
  /** The `message reason` lines of the log. */
  said (): string[]
  /** Resolves when there have been `n` calls and what follows from the last has happened. */
  calls (n: number): Promise<string[]>
  /** Lets the time pass until the next task is due, and gives how long that was, in ms. */
  nextTask (): Promise<number>
}

/** A member of a fake gateway, on a clock that stands still; chance is `random`. */
export function join (gateway: FakeGateway, options: Partial<RegisterOptions> = {}, random = 0): Joining {
  const clock = new FakeClock()
  const log = memoryLog()
  const surroundings = { clock, backgroundClock: clock, random: () => random, fetch: gateway.fetch }
  const member = register({ gateway: 'http://gateway:5174', url: 'http://backend:3000', log: log.logger, ...options }, surroundings)
  return {
    gateway,
    clock,
    log,
    member,
    said: () => log.lines().map(({ msg, reason }) => typeof reason === 'string' ? `${msg}: ${reason}` : msg),
    calls: async (n) => {
      await until(`${n} calls`, () => gateway.calls.length >= n)
      return gateway.calls
    },
    nextTask: async () => {
      const ms = await until('a task', () => clock.nextInMs())
      clock.advance(ms)
      return ms
    }
  }
}
