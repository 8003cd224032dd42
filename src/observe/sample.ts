// Compiled for browsers too, as part of the admin API's types: nothing is imported here.

/** The traffic of one second. */
export interface Sample {
  /** The gateway's wall-clock time at the end of the second, ms since the epoch. */
  readonly at: number
  readonly requests: number
  /** Responses with 5xx, and responses that were cut. */
  readonly errors: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly inFlight: number
  readonly queued: number
  /** By id; empty in samples older than a minute. */
  readonly backends: Readonly<Record<string, BackendSample>>
}

export interface BackendSample {
  readonly requests: number
  readonly inFlight: number
  /** Of the attempts of the last minute, from start to end; null if there were none. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}
