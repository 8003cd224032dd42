import type { Protocol } from '../clients/protocols.ts'

/** How the gateway chooses: Evenkeel's names. */
export type Strategy = 'round-robin' | 'least-connections' | 'power-of-two-choices' | 'least-latency'

/** What every peer is told, each in its own words. */
export interface PeerSettings {
  readonly strategy: Strategy
  readonly checkIntervalMs: number
  /** The scenario is about errors in answers: those peers that watch them only when they are told to are told so. */
  readonly watchesAnswers: boolean
  /** Failed requests in a row that take a backend out, and for how long. */
  readonly outlierFailures: number
  readonly outlierEjectMs: number
  /** From the signal to end until what is in flight is cut. */
  readonly shutdownTimeoutMs: number
  /** Processes that serve the traffic. */
  readonly workers: number
}

export interface PeerSetup extends PeerSettings {
  readonly port: number
  /** For TLS, with HTTP/2 by ALPN. */
  readonly tlsPort: number
  /** The files of its certificate. */
  readonly certificate: CertificateFiles
  /** For those that have an admin listener. */
  readonly adminPort: number
  readonly backends: readonly BackendPlace[]
  /** An empty folder of its own. */
  readonly folder: string
}

export interface BackendPlace {
  /** `address:port`. */
  readonly address: string
  /** What requests come by. */
  readonly protocol: 'h1' | 'h2c'
}

export interface CertificateFiles {
  /** A folder with nothing but the two. */
  readonly folder: string
  readonly certificate: string
  readonly key: string
  /** The two in one, as HAProxy wants them. */
  readonly bundle: string
}

export interface Launch {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A gateway that is held against the scenarios. It runs in the foreground, so that its pid is the one we started. */
export interface Peer {
  readonly title: string
  readonly program: string
  readonly versionArgs: readonly string[]
  /** How an operator asks it to end without losing a request. */
  readonly endSignal: 'SIGTERM' | 'SIGQUIT' | 'SIGUSR1'
  /** How clients can come to it, as it is configured here. */
  readonly protocols: readonly Protocol[]
  /** Then one of the backends speaks HTTP/2. */
  readonly speaksHttp2ToBackends: boolean
  /** It can be told how many processes serve, and its log says which they are. */
  readonly hasWorkers?: true
  /** What it calls a strategy, for the table; those it has not are left out. */
  readonly strategies: Readonly<Partial<Record<Strategy, string>>>
  readonly launch: (setup: PeerSetup) => Launch
}
