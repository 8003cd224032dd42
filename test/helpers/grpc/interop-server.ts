import type { EventEmitter } from 'node:events'
import type { TestContext } from 'node:test'
import {
  Metadata, Server, ServerCredentials, type sendUnaryData, type ServerDuplexStream, type ServerReadableStream, type ServerUnaryCall,
  type ServerWritableStream, type UntypedServiceImplementation
} from '@grpc/grpc-js'
import { healthService, SwitchableHealth } from './health-service.ts'
import type { EchoStatus, InputResponse, OutputRequest, SimpleRequest, WithPayload } from './interop-messages.ts'
import { echoInitial, echoTrailing, hold, testService } from './interop-service.ts'

/** A server of grpc.testing.TestService and grpc.health.v1.Health on 127.0.0.1. */
export interface InteropServer {
  readonly port: number
  /** For clients of gRPC. */
  readonly target: string
  readonly health: SwitchableHealth
  /** The calls of TestService, in the order in which they came. */
  readonly calls: readonly ReceivedCall[]
  /** For what a test wants to do to its connections: `drain`, `tryShutdown` (GOAWAY) or `forceShutdown`. */
  readonly server: Server
}

export interface ReceivedCall {
  readonly path: string
  readonly metadata: Metadata
  /** When the client wants it to have ended, by grpc-timeout: in ms since 1970, Infinity without one. */
  readonly deadline: number
  /** `cancelled`: its client has reset it, or its deadline has passed, before the server answered. */
  readonly outcome: 'open' | 'answered' | 'cancelled'
}

export interface InteropServerOptions {
  /** Without a certificate it speaks h2c. */
  readonly certificate?: { readonly key: string, readonly cert: string } | undefined
  /** Whether there is a health service at all, or UNIMPLEMENTED. */
  readonly hasHealth?: boolean
}

type AnyCall = ServerUnaryCall<unknown, unknown> | ServerReadableStream<unknown, unknown> | ServerWritableStream<unknown, unknown> |
  ServerDuplexStream<unknown, unknown>

/** Starts a server that ends with the test, together with its connections. */
export async function startInteropServer (
  t: TestContext,
  { certificate, hasHealth = true }: InteropServerOptions = {}
): Promise<InteropServer> {
  const calls: ReceivedCall[] = []
  const health = new SwitchableHealth()
  const server = new Server()
  server.addService(testService, implementation(calls))
  if (hasHealth) server.addService(healthService, health.implementation)
  t.after(() => { server.forceShutdown() })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentialsFor(certificate), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  return { port, target: `127.0.0.1:${port}`, health, calls, server }
}

function credentialsFor (certificate: InteropServerOptions['certificate']): ServerCredentials {
  if (certificate === undefined) return ServerCredentials.createInsecure()
  return ServerCredentials.createSsl(null, [{ private_key: Buffer.from(certificate.key), cert_chain: Buffer.from(certificate.cert) }])
}

function implementation (calls: ReceivedCall[]): UntypedServiceImplementation {
  return {
    EmptyCall (call: ServerUnaryCall<object, object>, reply: sendUnaryData<object>) {
      const trailers = begin(call, calls)
      reply(null, {}, trailers())
    },
    UnaryCall (call: ServerUnaryCall<SimpleRequest, WithPayload>, reply: sendUnaryData<WithPayload>) {
      const trailers = begin(call, calls)
      const { responseSize = 0, status } = call.request
      if (status === undefined) reply(null, { payload: Buffer.alloc(responseSize) }, trailers())
      else reply(failure(status, trailers()))
    },
    StreamingInputCall (call: ServerReadableStream<WithPayload, InputResponse>, reply: sendUnaryData<InputResponse>) {
      const trailers = begin(call, calls)
      let totalSize = 0
      call.on('data', ({ payload }: WithPayload) => { totalSize += payload.length })
      onHalfClose(call, () => { reply(null, { totalSize }, trailers()) })
    },
    StreamingOutputCall (call: ServerWritableStream<OutputRequest, WithPayload>) {
      const trailers = begin(call, calls)
      respond(call, call.request)
      call.end(trailers())
    },
    FullDuplexCall (call: ServerDuplexStream<OutputRequest, WithPayload>) {
      const trailers = begin(call, calls)
      let hasFailed = false
      call.on('data', (request: OutputRequest) => {
        if (hasFailed) return
        if (request.status === undefined) {
          respond(call, request)
        } else {
          hasFailed = true
          call.emit('error', failure(request.status, trailers()))
        }
      })
      onHalfClose(call, () => { if (!hasFailed) call.end(trailers()) })
    }
  }
}

/**
 * Notes the call, and sends the headers if its client has given a value for them: else they go with the first message. The function that it
 * returns is called for the answer, and gives its trailers.
 */
function begin (call: AnyCall, calls: ReceivedCall[]): () => Metadata {
  let outcome: ReceivedCall['outcome'] = 'open'
  calls.push({
    path: call.getPath(),
    metadata: call.metadata,
    deadline: Number(call.getDeadline()),
    get outcome () { return outcome }
  })
  // Emitted at the end of every call.
  const emitter: EventEmitter = call
  emitter.on('cancelled', () => { if (outcome === 'open') outcome = 'cancelled' })
  if (call.metadata.get(echoInitial).length > 0) call.sendMetadata(echoed(call, echoInitial))
  return () => {
    outcome = 'answered'
    return echoed(call, echoTrailing)
  }
}

function onHalfClose (call: EventEmitter & { readonly metadata: Metadata }, answer: () => void): void {
  if (call.metadata.get(hold).length === 0) call.on('end', answer)
}

function echoed ({ metadata }: AnyCall, name: string): Metadata {
  const copy = new Metadata()
  for (const value of metadata.get(name)) copy.add(name, value)
  return copy
}

function respond (call: { write: (response: WithPayload) => boolean }, { responseSizes = [] }: OutputRequest): void {
  for (const size of responseSizes) call.write({ payload: Buffer.alloc(size) })
}

function failure ({ code, message }: EchoStatus, metadata: Metadata): { code: number, details: string, metadata: Metadata } {
  return { code, details: message, metadata }
}
