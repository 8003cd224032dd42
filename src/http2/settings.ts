import { ConnectionError } from './errors.ts'
import { DEFAULT_MAX_FRAME_SIZE, MAX_WINDOW } from './frame-types.ts'

/** What one side has said of itself (RFC 9113 section 6.5.2, RFC 8441 section 3). */
export interface Settings {
  readonly headerTableSize: number
  readonly enablePush: boolean
  readonly maxConcurrentStreams: number
  readonly initialWindowSize: number
  readonly maxFrameSize: number
  readonly maxHeaderListSize: number
  readonly enableConnectProtocol: boolean
}

/** In force until the first SETTINGS frame. */
export const defaultSettings: Settings = {
  headerTableSize: 4096,
  enablePush: true,
  maxConcurrentStreams: Infinity,
  initialWindowSize: 65_535,
  maxFrameSize: DEFAULT_MAX_FRAME_SIZE,
  maxHeaderListSize: Infinity,
  enableConnectProtocol: false
}

interface Parameter {
  readonly id: number
  readonly read: (value: number) => number | boolean
}

const parameters: { readonly [name in keyof Settings]: Parameter } = {
  headerTableSize: { id: 0x1, read: (value) => value },
  enablePush: { id: 0x2, read: flag },
  maxConcurrentStreams: { id: 0x3, read: (value) => value },
  initialWindowSize: { id: 0x4, read: windowSize },
  maxFrameSize: { id: 0x5, read: frameSize },
  maxHeaderListSize: { id: 0x6, read: (value) => value },
  enableConnectProtocol: { id: 0x8, read: flag }
}

const nameById = new Map(Object.entries(parameters).map(([name, { id }]) => [id, name as keyof Settings]))

function flag (value: number): boolean {
  if (value > 1) throw new ConnectionError('invalid-setting')
  return value === 1
}

function windowSize (value: number): number {
  if (value > MAX_WINDOW) throw new ConnectionError('invalid-window-setting')
  return value
}

function frameSize (value: number): number {
  if (value < DEFAULT_MAX_FRAME_SIZE || value > 0xff_ffff) throw new ConnectionError('invalid-setting')
  return value
}

/** What a SETTINGS frame changes. Unknown settings are ignored, and of one that comes twice the last counts (section 6.5.3). */
export function readSettings (payload: Buffer): Partial<Settings> {
  const changes: Record<string, number | boolean> = {}
  for (let at = 0; at < payload.length; at += 6) {
    const name = nameById.get(payload.readUInt16BE(at))
    if (name !== undefined) changes[name] = parameters[name].read(payload.readUInt32BE(at + 2))
  }
  return changes
}

/** The payload of a SETTINGS frame. What is unlimited is not said. */
export function writeSettings (settings: Partial<Settings>): Buffer {
  const said = Object.entries(settings).filter(([, value]) => value !== Infinity)
  const payload = Buffer.alloc(6 * said.length)
  for (const [i, [name, value]] of said.entries()) {
    payload.writeUInt16BE(parameters[name as keyof Settings].id, 6 * i)
    payload.writeUInt32BE(Number(value), 6 * i + 2)
  }
  return payload
}
