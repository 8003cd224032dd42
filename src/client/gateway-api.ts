/** The part of the gateway's view of a backend that this client reads. */
export interface SeenBackend {
  readonly id: string
  readonly url: string
  /** Undefined if the gateway knows no services. */
  readonly service?: string
  readonly inFlight: number
  /** Number of processes that hold it; undefined if the gateway does not count them. */
  readonly holders?: number
}

export interface Reply {
  readonly status: number
  readonly backend: SeenBackend | undefined
  /** The gateway's word for what is wrong, if it gave one. */
  readonly code: string | undefined
  /** Whether the gateway gave a reason in its response. */
  readonly isExplained: boolean
  /** A summary of the response, such as `status 401: A valid bearer token is required`. */
  readonly reason: string
  readonly json: unknown
}

export interface Call {
  readonly timeoutMs: number
  readonly body?: object
  /** Aborts the call early. */
  readonly signal?: AbortSignal
}

/** Calls the admin API of one gateway. */
export class GatewayApi {
  readonly origin: string
  readonly #token: string | undefined
  readonly #fetch: typeof fetch

  constructor (origin: string, token: string | undefined, fetchOne: typeof fetch) {
    this.origin = origin
    this.#token = token
    this.#fetch = fetchOne
  }

  /** Rejects if there is no response in time. Redirects are not followed: the token is meant for this origin only. */
  async call (method: string, path: string, { timeoutMs, body, signal }: Call): Promise<Reply> {
    const inTime = AbortSignal.timeout(timeoutMs)
    const response = await this.#fetch(this.origin + path, {
      method,
      headers: {
        accept: 'application/json',
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' })
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: signal === undefined ? inTime : AbortSignal.any([inTime, signal])
    })
    const json = parsed(await response.text())
    const { status } = response
    const message = textIn(json, 'message')
    const reason = message === undefined ? `status ${status}` : `status ${status}: ${message}`
    const backend = isBackend(json) ? json : undefined
    return { status, backend, code: textIn(json, 'code'), isExplained: message !== undefined, reason, json }
  }
}

/** `fetch` only says "fetch failed"; the reason is in its cause. */
export function reasonOf (error: unknown): string {
  const { cause, code, message } = error as { cause?: unknown, code?: unknown, message?: string }
  if (cause instanceof Error) return reasonOf(cause)
  return typeof code === 'string' ? code : message || String(error)
}

function parsed (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isBackend (json: unknown): json is SeenBackend {
  const { id, url, inFlight } = (json ?? {}) as Partial<SeenBackend>
  return typeof id === 'string' && typeof url === 'string' && typeof inFlight === 'number'
}

function textIn (json: unknown, key: 'code' | 'message'): string | undefined {
  const text = ((json ?? {}) as Record<string, unknown>)[key]
  return typeof text === 'string' ? text : undefined
}
