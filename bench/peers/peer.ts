import type { Tool, Tools } from '../machine/tools.ts'
import type { CertificateFiles } from '../run/certificate.ts'

/** What a proxy is told for one run. */
export interface Setup {
  readonly port: number
  /** A second free port, for those that have an admin listener. */
  readonly adminPort: number
  /** There where `port` is to speak TLS, with HTTP/2 by ALPN; else it speaks plain HTTP/1.1. */
  readonly certificate?: CertificateFiles
  /** `address:port` of each backend. */
  readonly backends: readonly string[]
  /** Client connections that will come at the same time, at most. */
  readonly connections: number
  /** An empty folder of its own. */
  readonly folder: string
  readonly tools: Tools
  /** Node.js 24. */
  readonly node: string
  /** Our server.js. */
  readonly gateway: string
}

export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** A file for stdout, where that is part of what is measured. */
  readonly outputFile?: string
  /** Answers 200 when it is ready, if it has such a thing. */
  readonly readyUrl?: string
}

/** Something that is measured. */
export interface Peer {
  readonly title: string
  /** The program it needs on this machine. */
  readonly tool?: Tool
  /** Picks a backend per connection, not per request: not held to reach every backend. */
  readonly isPerConnection?: true
  /** Open files per client connection: two where every client gets an upstream connection of its own. */
  readonly filesPerConnection?: 2
  readonly launch: (setup: Setup) => Launch
}
