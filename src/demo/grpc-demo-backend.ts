import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { DemoBackend } from './demo-backend.ts'

/** grpc/doc/health-checking.md. */
const healthPath = '/grpc.health.v1.Health/Check'

/** As in examples/grpc, whose client can call it. */
const greetings = new Map([
  ['/example.Greeter/Greet', ['Hello']],
  ['/example.Greeter/GreetInAllLanguages', ['Hello', 'Bonjour', 'Guten Tag', 'Hola', 'Ciao']]
])

/** A HealthCheckResponse of grpc.health.v1: field 1, SERVING. */
const serving = Buffer.from([0x08, 1])

const OK = 0
const UNIMPLEMENTED = 12

/** A small gRPC server, by HTTP/2 without TLS, for trying the gateway out: it greets with its name and is always healthy. */
export function createGrpcDemoBackend (name: string): DemoBackend {
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer()
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
  server.on('stream', (stream, { ':path': path = '' }) => {
    stream.on('error', () => {}) // the client has left
    const pieces: Buffer[] = []
    stream.on('data', (bytes: Buffer) => { pieces.push(bytes) })
    stream.on('end', () => {
      if (path === healthPath) return answer(stream, [serving])
      const whom = textIn(Buffer.concat(pieces))
      const messages = greetings.get(path)?.map((greeting) => textMessage(`${greeting} ${whom} from server ${name}`))
      if (messages !== undefined) return answer(stream, messages)
      stream.respond({ ...headers, 'grpc-status': UNIMPLEMENTED, 'grpc-message': `there is no ${path}` }, { endStream: true })
    })
  })
  // Each ends when its calls have ended.
  return { server, closeIdleConnections: () => { for (const session of sessions) session.close() } }
}

const headers = { 'content-type': 'application/grpc' }

/** Messages, each behind its length, and a status in the trailers (grpc/doc/PROTOCOL-HTTP2.md). */
function answer (stream: ServerHttp2Stream, messages: readonly Buffer[]): void {
  stream.on('wantTrailers', () => { stream.sendTrailers({ 'grpc-status': OK }) })
  stream.respond(headers, { waitForTrailers: true })
  for (const message of messages) {
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(message.length, 1)
    stream.write(Buffer.concat([prefix, message]))
  }
  stream.end()
}

/** A protobuf message whose field 1 is this text, of at most 16 383 bytes: a byte for the field, the length as a varint, and the text. */
function textMessage (text: string): Buffer {
  const bytes = Buffer.from(text).subarray(0, 16_383)
  const length = bytes.length < 128 ? [bytes.length] : [0x80 | (bytes.length & 0x7f), bytes.length >> 7]
  return Buffer.concat([Buffer.from([0x0a, ...length]), bytes])
}

/** The text in field 1 of the message of a call, behind its prefix of 5 bytes; empty where there is none. */
function textIn (body: Buffer): string {
  let at = 6
  while ((body[at] ?? 0) >= 0x80) at++
  return body.toString('utf8', at + 1)
}
