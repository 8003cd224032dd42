import { createPublicKey, randomBytes, verify, type JsonWebKey } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { thumbprintOf } from '../../src/acme/account-key.ts'
import { signed } from './certificate.ts'
import { TestIssuer } from './issued-certificate.ts'

/** What it answers in place of what it would. */
export interface Fault {
  readonly status: number
  /** The last part of the problem's type. */
  readonly code?: string
  readonly detail?: string
  readonly retryAfter?: string
}

interface Authorization {
  readonly name: string
  readonly token: string
  status: 'pending' | 'valid' | 'invalid'
  failed?: string
}

interface Order {
  readonly name: string
  readonly id: number
  readonly authorization: Authorization
  status: 'pending' | 'ready' | 'processing' | 'valid' | 'invalid'
  certificate: string
}

export interface FakeCaOptions {
  /** In ms since the epoch. */
  readonly now: () => number
  /** Whether this answer is there. By default all challenges succeed. */
  readonly validate?: (type: string, name: string, token: string, keyAuthorization: string) => Promise<boolean>
  readonly hasRenewalInfo?: boolean
}

/** A directory of its own, in this process, that checks each signature and can be told to fail. */
export class FakeCa {
  /** Requests so far, as `newOrder` or `POST /authorization/1`. */
  readonly requests: string[] = []
  /** What new orders said. */
  readonly orders: Array<Record<string, unknown>> = []
  lifetimeMs = 90 * 86_400_000
  /** What RenewalInfo suggests, in ms since the epoch. */
  window: { start: number, end: number } | undefined
  /** How many times an order is still being worked on when it is asked for. */
  processing = 0
  /** What it makes certificates for, where it is not for what was ordered. */
  certificateName: string | undefined
  /** Cuts all connections. */
  isAway = false
  /** Answers nothing. */
  isSilent = false
  /** The token of challenges; undefined: by chance. */
  token: string | undefined
  url = ''
  readonly #options: FakeCaOptions
  readonly #issuer = new TestIssuer()
  readonly #faults: Array<[where: string, fault: Fault]> = []
  readonly #nonces = new Set<string>()
  readonly #accounts = new Map<string, JsonWebKey>()
  readonly #all: Order[] = []

  constructor (options: FakeCaOptions) {
    this.#options = options
  }

  /** The next request there, such as `newOrder` or `/finalize/`, fails. */
  failNext (where: string, fault: Fault): void {
    this.#faults.push([where, fault])
  }

  forgetAccounts (): void {
    this.#accounts.clear()
  }

  count (where: string): number {
    return this.requests.filter((request) => request.includes(where)).length
  }

  async handle (req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = req.url as string
    if (this.isAway) {
      req.socket.destroy()
      return
    }
    this.requests.push(`${req.method} ${path}`)
    if (this.isSilent) return
    const nonce = randomBytes(8).toString('hex')
    this.#nonces.add(nonce)
    res.setHeader('Replay-Nonce', nonce)
    const pieces: Buffer[] = []
    for await (const piece of req) pieces.push(piece as Buffer)
    const at = this.#faults.findIndex(([where]) => path.includes(where))
    const [[, fault] = []] = at === -1 ? [] : this.#faults.splice(at, 1)
    if (fault !== undefined) return problem(res, fault)
    if (req.method !== 'POST') return this.#get(path, res)
    const body = JSON.parse(String(Buffer.concat(pieces))) as Record<'protected' | 'payload' | 'signature', string>
    const header = decode(body.protected) as { nonce: string, url: string, kid?: string, jwk?: JsonWebKey }
    const jwk = header.jwk ?? this.#accounts.get(header.kid ?? '')
    if (!this.#nonces.delete(header.nonce)) return problem(res, { status: 400, code: 'badNonce' })
    if (jwk === undefined) return problem(res, { status: 400, code: 'accountDoesNotExist' })
    const isSigned = verify('sha256', Buffer.from(`${body.protected}.${body.payload}`),
      { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(body.signature, 'base64url'))
    if (!isSigned || header.url !== this.url + path) return problem(res, { status: 401, code: 'unauthorized' })
    await this.#post(path, jwk, body.payload === '' ? undefined : decode(body.payload), res)
  }

  #get (path: string, res: ServerResponse): void {
    const { hasRenewalInfo = false } = this.#options
    if (path === '/directory') {
      const names = ['newNonce', 'newAccount', 'newOrder', ...hasRenewalInfo ? ['renewalInfo'] : []]
      const resources = Object.fromEntries(names.map((name) => [name, `${this.url}/${name}`]))
      return json(res, 200, { ...resources, meta: { termsOfService: 'https://ca.test/terms' } })
    }
    if (path.startsWith('/renewalInfo/') && this.window !== undefined) {
      const { start, end } = this.window
      res.setHeader('Retry-After', '21600')
      return json(res, 200, { suggestedWindow: { start: new Date(start).toISOString(), end: new Date(end).toISOString() } })
    }
    res.writeHead(path === '/newNonce' ? 200 : 404).end()
  }

  async #post (path: string, jwk: JsonWebKey, payload: Record<string, unknown> | undefined, res: ServerResponse): Promise<void> {
    const [, what, id] = path.split('/')
    const order = this.#all[Number(id)] as Order
    if (what === 'newAccount') {
      const url = `${this.url}/account/${thumbprintOf(jwk)}`
      const isNew = !this.#accounts.has(url)
      this.#accounts.set(url, jwk)
      res.setHeader('Location', url)
      return json(res, isNew ? 201 : 200, { status: 'valid' })
    }
    if (what === 'newOrder') return this.#newOrder(payload as Record<string, unknown>, res)
    if (what === 'authorization') return json(res, 200, this.#authorizationView(order))
    if (what === 'challenge') {
      await this.#validate(order, path.split('/')[3] as string, thumbprintOf(jwk))
      return json(res, 200, {})
    }
    if (what === 'certificate') {
      res.setHeader('Content-Type', 'application/pem-certificate-chain').end(order.certificate)
      return
    }
    if (what === 'finalize') {
      if (order.status !== 'ready') return problem(res, { status: 403, code: 'orderNotReady' })
      const now = this.#options.now()
      const csr = Buffer.from(String(payload?.['csr']), 'base64url')
      order.certificate = this.#issuer.issue(csr, this.certificateName ?? order.name, now, now + this.lifetimeMs)
      order.status = 'processing'
    } else if (order.status === 'processing' && this.processing-- <= 0) order.status = 'valid'
    json(res, 200, this.#orderView(order))
  }

  #newOrder (payload: Record<string, unknown>, res: ServerResponse): void {
    this.orders.push(payload)
    const [{ value: name }] = payload['identifiers'] as [{ value: string }]
    const authorization: Authorization = { name, token: this.token ?? randomBytes(16).toString('base64url'), status: 'pending' }
    const order: Order = { name, id: this.#all.length, authorization, status: 'pending', certificate: '' }
    this.#all.push(order)
    res.setHeader('Location', `${this.url}/order/${order.id}`)
    json(res, 201, this.#orderView(order))
  }

  async #validate (order: Order, type: string, thumbprint: string): Promise<void> {
    const { validate = async () => true } = this.#options
    const { name, token } = order.authorization
    const isValid = await validate(type, name, token, `${token}.${thumbprint}`)
    order.authorization.status = isValid ? 'valid' : 'invalid'
    if (!isValid) order.authorization.failed = type
    order.status = isValid ? 'ready' : 'invalid'
  }

  #orderView ({ id, status }: Order): object {
    return {
      status,
      authorizations: [`${this.url}/authorization/${id}`],
      finalize: `${this.url}/finalize/${id}`,
      ...status === 'valid' && { certificate: `${this.url}/certificate/${id}` }
    }
  }

  #authorizationView ({ id, authorization: { name, token, status, failed } }: Order): object {
    const challenges = ['dns-01', 'http-01', 'tls-alpn-01'].map((type) => ({
      type,
      token,
      url: `${this.url}/challenge/${id}/${type}`,
      ...type === failed && { error: { type: 'urn:ietf:params:acme:error:connection', detail: `nothing at ${name}` } }
    }))
    return { status, identifier: { type: 'dns', value: name }, challenges }
  }
}

/** Starts one; clients trust it that trust `caCertificate`. Its directory is at `url` + `/directory`. */
export async function startFakeCa (t: TestContext, options: FakeCaOptions): Promise<FakeCa> {
  const ca = new FakeCa(options)
  const server = createServer(signed, (req, res) => { void ca.handle(req, res) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ca.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return ca
}

function json (res: ServerResponse, status: number, value: object): void {
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
}

function problem (res: ServerResponse, { status, code = '', detail, retryAfter }: Fault): void {
  const headers = { 'Content-Type': 'application/problem+json', ...retryAfter !== undefined && { 'Retry-After': retryAfter } }
  res.writeHead(status, headers).end(JSON.stringify({ type: `urn:ietf:params:acme:error:${code}`, detail }))
}

function decode (text: string): Record<string, unknown> {
  return JSON.parse(String(Buffer.from(text, 'base64url')))
}
