/** What a request must look like, in its normal form: lower-case hosts and header names, paths without a slash at the end. */
export interface MatchView {
  /** Names and `*.` suffixes; empty: any host, or none. */
  readonly hosts: readonly string[]
  /** `/` for every path. */
  readonly path: string
  /** Only this path, and not those below it. */
  readonly isExact: boolean
  /** Empty: any. */
  readonly methods: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: Readonly<Record<string, string>>
}
