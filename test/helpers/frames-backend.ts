import type { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { FrameReader, type FrameHandler } from '../../src/http2/frame-reader.ts'
import { HpackDecoder } from '../../src/http2/hpack/decoder.ts'
import { HpackEncoder } from '../../src/http2/hpack/encoder.ts'
import { startRawBackend } from './backend.ts'
import { frame, limits, settings } from './frames.ts'

/** One connection to a backend that says any bytes. */
export class FramesConnection {
  readonly socket: Socket
  /** The path of each request by its stream. */
  readonly paths = new Map<number, string>()
  readonly resets: Array<[streamId: number, errorCode: number]> = []
  readonly goaways: number[] = []
  isOver = false
  readonly #encoder = new HpackEncoder()
  #pings = 0

  constructor (socket: Socket, onRequest: (connection: FramesConnection, streamId: number, path: string) => void) {
    this.socket = socket
    const decoder = new HpackDecoder({ maxTableSize: 4096, maxFieldsSize: 65_536, maxFields: 500 })
    const handler: Partial<FrameHandler> = {
      onFields: (streamId, block) => {
        const { raw } = decoder.decode(block)
        const path = raw[raw.indexOf(':path') + 1] ?? ''
        this.paths.set(streamId, path)
        onRequest(this, streamId, path)
      },
      onReset: (streamId, errorCode) => { this.resets.push([streamId, errorCode]) },
      onGoaway: (_, errorCode) => { this.goaways.push(errorCode) },
      onPingAck: () => { this.#pings++ }
    }
    const whole = new Proxy(handler as FrameHandler, { get: (known, event) => Reflect.get(known, event) ?? (() => {}) })
    const reader = new FrameReader('client', limits, whole)
    socket.on('data', (bytes: Buffer) => { reader.read(bytes) })
    socket.on('close', () => { this.isOver = true })
    socket.on('end', () => { this.isOver = true })
    socket.write(settings)
  }

  get pingAcks (): number {
    return this.#pings
  }

  say (...frames: Buffer[]): void {
    if (this.socket.writable) this.socket.write(Buffer.concat(frames))
  }

  block (raw: readonly string[]): Buffer {
    return this.#encoder.encode(raw)
  }

  headers (streamId: number, raw: readonly string[], isEnd = false): Buffer {
    return frame(1, isEnd ? 5 : 4, streamId, this.block(raw))
  }

  /** A whole answer. */
  answer (streamId: number, body = 'whole'): void {
    this.say(this.headers(streamId, [':status', '200']), frame(0, 1, streamId, Buffer.from(body)))
  }
}

/** A backend by prior knowledge that says frames by hand; `connections` are those that a request came by, in their order. */
export async function startFramesBackend (
  t: TestContext, onRequest: (connection: FramesConnection, streamId: number, path: string) => void
) {
  const connections: FramesConnection[] = []
  const { url } = await startRawBackend(t, (socket) => {
    const connection = new FramesConnection(socket, (one, streamId, path) => {
      if (!connections.includes(connection)) connections.push(connection)
      onRequest(one, streamId, path)
    })
  })
  return { url: `${url.replace('http:', 'h2c:')};check=tcp`, connections }
}
