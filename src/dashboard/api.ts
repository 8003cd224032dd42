import type { TokenStore } from './token.ts'
import type {
  Backend, Config, DesiredState, Explanation, GatewayEvent, NewBackend, NotableRequest, Route, Sample, Service, Tls, Worker
} from '../admin/wire.ts'

/** The gateway responded with an error. */
export class ApiError extends Error {
  readonly statusCode: number
  readonly retryAfterMs: number | undefined

  constructor (statusCode: number, message: string, retryAfterMs?: number) {
    super(message)
    this.statusCode = statusCode
    this.retryAfterMs = retryAfterMs
  }
}

/** There was no response. */
export class OfflineError extends Error {}

export interface BackendPatch {
  readonly weight?: number
  readonly desiredState?: DesiredState
}

/** Longer than any check or response takes; streams have no limit. */
const timeoutMs = 15_000

/** The admin API. Every call rejects with an ApiError or an OfflineError. */
export function createApi (token: TokenStore) {
  async function send (method: string, path: string, { body, signal }: { body?: unknown, signal?: AbortSignal } = {}): Promise<Response> {
    const headers: Record<string, string> = {}
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (token.get() !== '') headers['authorization'] = `Bearer ${token.get()}`
    const response = await fetch(`api/${path}`, {
      method,
      headers,
      signal: signal ?? AbortSignal.timeout(timeoutMs),
      cache: 'no-store',
      ...(body !== undefined && { body: JSON.stringify(body) })
    }).catch((error: unknown) => {
      throw new OfflineError(
        error instanceof DOMException && error.name === 'TimeoutError'
          ? 'The gateway did not respond in time'
          : 'The gateway cannot be reached'
      )
    })
    if (!response.ok) throw await errorOf(response)
    return response
  }

  async function read<T> (method: string, path: string, body?: unknown): Promise<T> {
    const response = await send(method, path, { body })
    return await response.json() as T
  }

  const of = (id: string): string => `backends/${encodeURIComponent(id)}`

  return {
    backends: (): Promise<Backend[]> => read('GET', 'backends'),
    services: (): Promise<Service[]> => read('GET', 'services'),
    routes: (): Promise<Route[]> => read('GET', 'routes'),
    config: (): Promise<Config> => read('GET', 'config'),
    tls: (): Promise<Tls> => read('GET', 'tls'),
    workers: (): Promise<Worker[]> => read('GET', 'workers'),
    requests: (): Promise<NotableRequest[]> => read('GET', 'requests'),
    samples: (): Promise<Sample[]> => read('GET', 'samples'),
    lastEvents: (): Promise<GatewayEvent[]> => read('GET', 'events/last'),
    stream: (signal: AbortSignal): Promise<Response> => send('GET', 'events', { signal }),
    change: (id: string, patch: BackendPatch): Promise<Backend> => read('PATCH', of(id), patch),
    check: (id: string): Promise<Backend> => read('POST', `${of(id)}/check`),
    explain: (query: URLSearchParams): Promise<Explanation> => read('GET', `explain?${query.toString()}`),
    add: (backend: NewBackend): Promise<Backend> => read('POST', 'backends', backend),
    async remove (id: string): Promise<void> { await send('DELETE', of(id)) }
  }
}

export type Api = ReturnType<typeof createApi>

async function errorOf (response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined)
  const said = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : ''
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN)
  return new ApiError(
    response.status,
    said === '' ? `The gateway responded with ${response.status}` : said,
    Number.isNaN(retryAfter) ? undefined : retryAfter * 1000
  )
}
