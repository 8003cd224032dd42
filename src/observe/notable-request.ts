/** A request that was slow, retried or failed (`GET /api/requests`, and the event `request`). No query strings. */
export interface NotableRequest {
  /** Counts up from 1 in each instance of the gateway. A request id may be that of the client, who may use it again. */
  readonly number: number
  /** When it ended, ISO 8601. */
  readonly at: string
  readonly kinds: ReadonlyArray<'failed' | 'slow' | 'retried'>
  readonly requestId: string
  readonly method: string
  readonly host: string | null
  readonly path: string
  /** null: the client left before an answer. */
  readonly statusCode: number | null
  readonly durationMs: number
  readonly service: string | null
  /** Its name, or its id where it has none. */
  readonly route: string | null
  readonly backend: string | null
  readonly attempts: ReadonlyArray<{ readonly backend: string, readonly reason: string | null, readonly durationMs: number }>
  readonly outcome: string | null
}

/** The data of the event `request`. */
export interface ToldRequest extends NotableRequest {
  /** How many since the last event were left out because there were too many; `GET /api/requests` has the last of them. */
  readonly untold: number
}
