import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { FrameReader, type FrameHandler } from '../../src/http2/frame-reader.ts'
import { HpackDecoder } from '../../src/http2/hpack/decoder.ts'
import { HpackEncoder } from '../../src/http2/hpack/encoder.ts'
import { frame, limits, preface, settings } from './frames.ts'
import { until } from './until.ts'

export interface HeardStream {
  /** Of each field section, in their order. */
  readonly sections: string[][]
  body: string
  isEnded: boolean
  /** Of RST_STREAM. */
  resetCode: number | undefined
}

export const get = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'h']
export const post = [':method', 'POST', ...get.slice(2)]

/** A client that says any bytes, and reads what it hears. */
export class Http2Client {
  readonly socket: Socket
  readonly streams = new Map<number, HeardStream>()
  /** The last stream and the code of each GOAWAY. */
  readonly goaways: Array<[lastStreamId: number, errorCode: number]> = []
  readonly pingAcks: string[] = []
  readonly pings: string[] = []
  readonly windowUpdates: Array<[streamId: number, increment: number]> = []
  settings: object | undefined
  settingsAcks = 0
  isOver = false
  readonly #encoder = new HpackEncoder()

  constructor (socket: Socket) {
    this.socket = socket
    const decoder = new HpackDecoder({ maxTableSize: 4096, maxFieldsSize: 65_536, maxFields: 500 })
    const reader = new FrameReader('server', { ...limits, maxFieldBlockFrames: 100 }, this.#handler(decoder))
    socket.on('data', (bytes: Buffer) => { reader.read(bytes) })
    socket.on('error', () => {})
    socket.on('end', () => { this.isOver = true })
    socket.on('close', () => { this.isOver = true })
  }

  say (...frames: Buffer[]): void {
    this.socket.write(Buffer.concat(frames))
  }

  /** A field block, as it has to come next. */
  block (raw: readonly string[]): Buffer {
    return this.#encoder.encode(raw)
  }

  /** HEADERS in one frame. */
  headers (streamId: number, raw: readonly string[], isEnd = true): Buffer {
    return frame(1, isEnd ? 5 : 4, streamId, this.block(raw))
  }

  stream (streamId: number): HeardStream {
    let stream = this.streams.get(streamId)
    if (stream === undefined) this.streams.set(streamId, stream = { sections: [], body: '', isEnded: false, resetCode: undefined })
    return stream
  }

  /** Resolves with the whole response on this stream. */
  answer (streamId: number): Promise<HeardStream> {
    return until(`the answer on stream ${streamId}`, () => {
      if (this.stream(streamId).isEnded) return this.stream(streamId)
      if (this.isOver) throw new Error(`the connection ended: ${JSON.stringify(this.goaways)}`)
      return undefined
    })
  }

  reset (streamId: number): Promise<number> {
    return until(`the reset of stream ${streamId}`, () => this.stream(streamId).resetCode)
  }

  /** Resolves once the other side has read all that was said so far. */
  async isRead (): Promise<void> {
    const count = this.pingAcks.length
    this.say(frame(6, 0, 0, '00'.repeat(8)))
    await until('the answer to a ping', () => this.pingAcks.length > count || this.isOver)
  }

  #handler (decoder: HpackDecoder): FrameHandler {
    return {
      onData: (streamId, data, _flowLength, isEnd) => {
        this.stream(streamId).body += data.toString('latin1')
        this.stream(streamId).isEnded ||= isEnd
      },
      onFields: (streamId, block, isEnd) => {
        this.stream(streamId).sections.push(decoder.decode(block).raw)
        this.stream(streamId).isEnded ||= isEnd
      },
      onPriority: () => {},
      onReset: (streamId, errorCode) => { this.stream(streamId).resetCode = errorCode },
      onSettings: (changes) => { this.settings = changes },
      onSettingsAck: () => { this.settingsAcks++ },
      onPing: (opaque) => { this.pings.push(opaque.toString('hex')) },
      onPingAck: (opaque) => { this.pingAcks.push(opaque.toString('hex')) },
      onGoaway: (lastStreamId, errorCode) => { this.goaways.push([lastStreamId, errorCode]) },
      onWindowUpdate: (streamId, increment) => { this.windowUpdates.push([streamId, increment]) },
      onUnknown: () => {},
      onStreamError: () => {}
    }
  }
}

/** Connects, and says the preface, empty settings, and these frames. */
export async function startHttp2Client (t: TestContext, port: number, ...frames: Buffer[]): Promise<Http2Client> {
  const socket = connect({ port, host: '127.0.0.1' })
  t.after(() => { socket.destroy() })
  const client = new Http2Client(socket)
  client.say(Buffer.from(preface), settings, ...frames)
  await until('the settings', () => client.settings)
  return client
}
