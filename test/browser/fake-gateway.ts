import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { dashboardHeaders, readDashboardAssets } from '../../src/admin/dashboard-assets.ts'
import type { Backend, Config, Explanation, GatewayEvent, NotableRequest, Sample, Service, Tls, Worker } from '../../src/admin/wire.ts'
import { aService } from './wire-samples.ts'
import { atEnd } from '../real/at-end.ts'

/** What the admin listener would say, as a test wants it: for states that a real gateway cannot be brought into at will. */
export class FakeGateway {
  backends: Backend[] = []
  /** By default one, with all backends. */
  services: Service[] | undefined
  config: Config = { file: { file: null, state: 'none', since: null, problems: [], warnings: [] }, settings: {}, content: null }
  tls: Tls = { isEnabled: false, certificates: [], problems: [], clientPolicies: [], handshakes: null }
  requests: NotableRequest[] = []
  workers: Worker[] = []
  samples: Sample[] = []
  events: GatewayEvent[] = []
  explanation: Explanation = { backends: [], strategy: 'round-robin', choice: null, reason: '', isFailingOpen: false, spillRatio: 0 }
  token = ''
  /** Answers this status to every request under /api. */
  failsWith: number | undefined
  /** Leaves every request under /api without an answer. */
  isSilent = false
  instance = 'first'
  /** Method, path and body of what was asked, reads left out. */
  readonly asked: string[] = []
  readonly #assets = new Map(readDashboardAssets().map((asset) => [asset.path, asset]))
  readonly #streams = new Set<ServerResponse>()
  #server = createServer()
  #port = 0

  get url (): string {
    return `http://127.0.0.1:${this.#port}/`
  }

  /** Listens, after the first time on the same port again. */
  async start (): Promise<void> {
    this.#server = createServer((req, res) => { this.#answer(req, res).catch((error: unknown) => { res.destroy(error as Error) }) })
    await once(this.#server.listen(this.#port, '127.0.0.1'), 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async stop (): Promise<void> {
    this.#streams.clear()
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  tell (event: GatewayEvent): void {
    this.events.push(event)
    this.#send(`id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  }

  sample (sample: Sample): void {
    this.samples.push(sample)
    this.#send(`event: sample\ndata: ${JSON.stringify(sample)}\n\n`)
  }

  #send (text: string): void {
    for (const stream of this.#streams) stream.write(text)
  }

  async #answer (req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { method = '', url = '' } = req
    const asset = this.#assets.get(url)
    if (asset !== undefined) {
      res.writeHead(200, { ...dashboardHeaders, 'content-type': asset.type }).end(asset.body)
      return
    }
    let body = ''
    for await (const piece of req.setEncoding('utf8')) body += piece
    if (method !== 'GET') this.asked.push(`${method} ${url}${body === '' ? '' : ` ${body}`}`)
    if (this.isSilent) return
    if (this.failsWith !== undefined) return reply(res, this.failsWith, { message: 'The gateway is in trouble' })
    if (this.token !== '' && req.headers.authorization !== `Bearer ${this.token}`) {
      return reply(res, 401, { message: 'A valid bearer token is required' })
    }
    if (url === '/api/events') return this.#stream(res)
    return this.#api(`${method} ${url}`, body, res)
  }

  #stream (res: ServerResponse): void {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write(`event: hello\ndata: ${JSON.stringify({ instance: this.instance, version: '0.1.0' })}\n\n`)
    this.#streams.add(res)
    res.once('close', () => { this.#streams.delete(res) })
  }

  #api (what: string, body: string, res: ServerResponse): void {
    if (what === 'GET /api/backends') return reply(res, 200, this.backends)
    if (what === 'GET /api/services') return reply(res, 200, this.services ?? [aService('default', this.backends)])
    if (what === 'GET /api/routes') return reply(res, 200, [])
    if (what === 'GET /api/config') return reply(res, 200, this.config)
    if (what === 'GET /api/tls') return reply(res, 200, this.tls)
    if (what === 'GET /api/workers') return reply(res, 200, this.workers)
    if (what === 'GET /api/requests') return reply(res, 200, this.requests)
    if (what === 'GET /api/samples') return reply(res, 200, this.samples)
    if (what === 'GET /api/events/last') return reply(res, 200, this.events)
    if (what.startsWith('GET /api/explain?')) {
      this.asked.push(what)
      return reply(res, 200, this.explanation)
    }
    const [, method, id] = /^(PATCH|DELETE) \/api\/backends\/(\w+)$/.exec(what) ?? []
    const backend = this.backends.find((backend) => backend.id === id)
    if (backend === undefined) return reply(res, 404, { message: 'There is no such backend' })
    this.backends = method === 'DELETE'
      ? this.backends.filter((other) => other !== backend)
      : this.backends.map((other) => other === backend ? { ...other, ...JSON.parse(body), state: other.state } : other)
    return method === 'DELETE' ? reply(res, 204) : reply(res, 200, this.backends.find((backend) => backend.id === id))
  }
}

export async function startFakeGateway (t: TestContext): Promise<FakeGateway> {
  const gateway = new FakeGateway()
  await gateway.start()
  atEnd(t, () => gateway.stop())
  return gateway
}

function reply (res: ServerResponse, status: number, body?: object): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? undefined : JSON.stringify(body))
}
