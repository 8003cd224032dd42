import type { Protocol } from './protocols.ts'
import { http1Connections } from './http1-connections.ts'
import { http2Connections } from './http2-connections.ts'

/** A body that comes in pieces. */
export interface Upload {
  readonly length: number
  /** From the first piece on. */
  readonly pieces: () => AsyncIterable<Buffer>
}

export interface Question {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Upload
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** What one client, or several, keep open to a gateway by one protocol. */
export interface Connections {
  readonly protocol: Protocol
  /** Resolves with the whole answer. Rejects with an error whose `code` says why there is none. */
  ask (question: Question): Promise<Answer>
  /** Ends what is open. */
  close (): void
}

/** Where a gateway listens. */
export interface Ports {
  readonly port: number
  readonly tlsPort: number
}

/** `isKept`: requests share connections; else each has a new one. */
export function openConnections (protocol: Protocol, { port, tlsPort }: Ports, isKept = true): Connections {
  switch (protocol) {
    case 'h1': return http1Connections(protocol, port, isKept)
    case 'h1-tls': return http1Connections(protocol, tlsPort, isKept)
    case 'h2-tls': return http2Connections(protocol, tlsPort, isKept)
    case 'h2c': return http2Connections(protocol, port, isKept)
    default: return protocol satisfies never
  }
}

/** Longer than anything that is done to a backend, in ms. */
export const patienceMs = 15_000

export function failure (code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** Which process of a gateway has responded with this header block: the ids of its requests begin alike. */
export function instanceOf (headers: Answer['headers']): string | undefined {
  return headers['x-request-id']?.toString().split('-')[0]
}

/** An error of a request on a connection by which this process has responded before. */
export function withInstance (error: Error, instance: string | undefined): Error {
  return Object.assign(error, { instance })
}
