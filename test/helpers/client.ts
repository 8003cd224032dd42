import { request, type Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

export interface Sent {
  readonly method?: string
  /** As it goes over the wire, byte for byte; by default the url's. */
  readonly path?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: string
  /** By default each request has a connection of its own. */
  readonly agent?: Agent
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends one request and resolves with the whole answer; rejects when that was cut. */
export async function send (url: string, sent: Sent = {}): Promise<Answer> {
  const response = await open(url, sent)
  let body = ''
  for await (const piece of response.setEncoding('latin1')) body += piece
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}

/** Asks the admin API, with a body of JSON; `path` is below /api. Resolves with the status, and with the body as an object. */
export async function callApi (adminUrl: string, method: string, path: string, body: object) {
  const headers = { 'content-type': 'application/json' }
  const answered = await send(`${adminUrl}/api${path}`, { method, headers, body: JSON.stringify(body) })
  return { status: answered.status, body: JSON.parse(answered.body) as Record<string, unknown> }
}

/** Sends one request and resolves when the head of the answer is there. */
export function open (url: string, { body, agent, ...options }: Sent = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const req = request(url, { ...options, agent: agent ?? false })
    req.once('response', resolve)
    req.on('error', reject)
    req.end(body)
  })
}
