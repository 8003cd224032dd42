/** Where a backend of a discovered service listens. */
export interface Endpoint {
  /** An IP address, without brackets. */
  readonly host: string
  readonly port: number
  /** 1 to 1000. */
  readonly weight: number
  readonly isBackup: boolean
}

export interface SourceListener {
  /** All endpoints that there are now: never a part of them. */
  onSnapshot (endpoints: readonly Endpoint[]): void
  /** Nothing could be learnt, and why, in words. What was known holds on, for as long as that lasts. */
  onProblem (why: string): void
}

/**
 * Knows the backends of one service. It asks again by itself, after a failure as well, until the function that `watch` has returned is
 * called. Neither listener is called before `watch` has returned.
 */
export interface DiscoverySource {
  /** In words, such as `DNS of api.internal`. */
  readonly description: string
  watch (listener: SourceListener): () => void
}
