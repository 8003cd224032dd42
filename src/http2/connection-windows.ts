import type { ConnectionOutput } from './connection-output.ts'
import { ConnectionError } from './errors.ts'
import type { Windows } from './incoming-body.ts'
import { ReceiveWindow } from './receive-window.ts'
import { defaultSettings } from './settings.ts'
import type { StreamOutput } from './stream-output.ts'

/** The streams of a connection that are open; what one has to send is there when its head has been sent. */
export type OpenStreams = ReadonlyMap<number, { readonly output: StreamOutput | undefined }>

/** The windows of a connection and of its streams (RFC 9113 section 5.2), by the same rules for both sides. */
export class ConnectionWindows implements Windows {
  /** What the other side takes of a stream that is opened now, in bytes. */
  initialSendWindow = defaultSettings.initialWindowSize
  readonly #output: ConnectionOutput
  readonly #open: OpenStreams
  readonly #window: ReceiveWindow
  /** By how many bytes the windows of streams may still grow. */
  #room: number

  /** `bytes`: what the other side may send before it is taken on; `room`: by how much the windows of streams may grow, all together. */
  constructor (output: ConnectionOutput, open: OpenStreams, bytes: number, room = 0) {
    this.#room = room
    this.#output = output
    this.#open = open
    this.#window = new ReceiveWindow(bytes)
  }

  /** DATA has come. Throws a ConnectionError when there was no room for it. */
  receive (bytes: number): void {
    if (!this.#window.receive(bytes)) throw new ConnectionError('window-exceeded')
  }

  giveBack (bytes: number): void {
    this.giveBackToStream(0, this.#window.give(bytes))
  }

  giveBackToStream (streamId: number, bytes: number): void {
    if (bytes === 0 || (streamId !== 0 && !this.#open.has(streamId))) return
    this.#output.frames.windowUpdate(streamId, bytes)
    this.#output.schedule()
  }

  takeRoom (bytes: number): number {
    const taken = Math.min(bytes, this.#room)
    this.#room -= taken
    return taken
  }

  returnRoom (bytes: number): void {
    this.#room += bytes
  }

  /** The other side takes more of all streams together. Throws a ConnectionError. */
  widen (increment: number): void {
    if (!this.#output.widen(increment)) throw new ConnectionError('window-overflow')
  }

  /** Section 6.9.2: the other side has set how much it takes of a stream. Throws a ConnectionError. */
  resize (size: number): void {
    const change = size - this.initialSendWindow
    this.initialSendWindow = size
    for (const { output } of this.#open.values()) {
      if (output !== undefined && !this.#output.widenStream(output, change)) throw new ConnectionError('window-overflow')
    }
  }
}
