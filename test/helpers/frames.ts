import { ConnectionError, type Http2ErrorCode } from '../../src/http2/errors.ts'
import { FrameReader, type FrameHandler, type FrameLimits } from '../../src/http2/frame-reader.ts'

export const limits: FrameLimits = { maxFrameSize: 16_384, maxFieldBlockBytes: 16_384, maxFieldBlockFrames: 8 }

export const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/** One frame, by hand: nothing of it need be right. */
export function frame (type: number, flags: number, streamId: number, payload: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(payload as string, 'hex')
  const header = Buffer.alloc(9)
  header.writeUIntBE(bytes.length, 0, 3)
  header[3] = type
  header[4] = flags
  header.writeUInt32BE(streamId, 5)
  return Buffer.concat([header, bytes])
}

export const settings = frame(4, 0, 0)

export interface Reading {
  /** What the handler was told: the name of each event, with its arguments; buffers as hex. */
  readonly events: unknown[][]
  readonly error: Http2ErrorCode | undefined
  /** The error code for GOAWAY. */
  readonly errorCode: number | undefined
  readonly awaitsRest: boolean
}

/** Reads what a side sends, in these pieces, and as many frames of a piece at once as `maxFrames` says each time. */
export function readPieces (
  pieces: Iterable<Buffer>, from: 'client' | 'server' = 'client', changed: Partial<FrameLimits> = {}, maxFrames = () => Infinity
): Reading {
  const events: unknown[][] = []
  const handler = new Proxy({} as FrameHandler, {
    get: (_, event: string) => (...args: unknown[]) => {
      events.push([event.slice(2), ...args.map((arg) => Buffer.isBuffer(arg) ? arg.toString('hex') : arg)])
    }
  })
  const reader = new FrameReader(from, { ...limits, ...changed }, handler)
  try {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length;) at += reader.read(piece.subarray(at), maxFrames())
    }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error
    return { events, error: error.code, errorCode: error.errorCode, awaitsRest: reader.awaitsRest }
  }
  return { events, error: undefined, errorCode: undefined, awaitsRest: reader.awaitsRest }
}

/** Reads these frames of a client that has sent preface and SETTINGS; the event of these is left out. */
export function readFrames (frames: readonly Buffer[], changed: Partial<FrameLimits> = {}): Reading {
  const reading = readPieces([Buffer.concat([Buffer.from(preface), settings, ...frames])], 'client', changed)
  return { ...reading, events: reading.events.slice(1) }
}
