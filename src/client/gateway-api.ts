/** A backend as the gateway shows it; what this client reads of it. */
export interface SeenBackend {
  readonly id: string
  readonly url: string
  readonly inFlight: number
  /** How many processes hold it; undefined: the gateway does not count them. */
  readonly holders?: number
}

export interface Reply {
  readonly status: number
  readonly backend: SeenBackend | undefined
  /** Whether the gateway said in its own words why not. */
  readonly isExplained: boolean
  /** What there is to say about the answer, such as `status 401: A valid bearer token is needed`. */
  readonly reason: string
  readonly json: unknown
}

export interface Call {
  readonly timeoutMs: number
  readonly body?: object
  /** Ends the call before its time. */
  readonly signal?: AbortSignal
}

/** Asks the admin listener of one gateway. */
export class GatewayApi {
  readonly origin: string
  readonly #token: string | undefined
  readonly #fetch: typeof fetch

  constructor (origin: string, token: string | undefined, fetchOne: typeof fetch) {
    this.origin = origin
    this.#token = token
    this.#fetch = fetchOne
  }

  /** Rejects when there was no answer in time. The answer is not followed elsewhere: the token is for this origin. */
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
    const message = messageOf(json)
    const reason = message === undefined ? `status ${status}` : `status ${status}: ${message}`
    return { status, backend: isBackend(json) ? json : undefined, isExplained: message !== undefined, reason, json }
  }
}

/** `fetch` says no more than "fetch failed"; the reason is in its cause. */
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

function messageOf (json: unknown): string | undefined {
  const { message } = (json ?? {}) as { message?: unknown }
  return typeof message === 'string' ? message : undefined
}
