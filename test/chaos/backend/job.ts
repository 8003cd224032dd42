/** What a backend process is started with. */
export interface BackendJob {
  readonly name: string
  readonly port: number
  /** What requests come by. Tunnels come by HTTP/1.1. */
  readonly protocol: 'h1' | 'h2c'
  /** A file that outlives the process: lines `received ID` and `executed ID` for each POST, `got ID` for a GET, before the response. */
  readonly recordFile: string
  /** From SIGTERM until it stops listening. */
  readonly lameDuckMs: number
}

/** What a running backend is told to do from now on. */
export interface BackendOrder {
  readonly answers?: 'well' | 'with-500'
  readonly delayMs?: number
  readonly health?: 'steady' | 'flapping'
}

/** What it tells: it accepts connections, or it has just stopped to. */
export type BackendNews = 'listening' | 'closing'
