import { write as writeFile, writeSync } from 'node:fs'
import type { Clock } from '../base/clock.ts'
import { safeJson } from './log-escapes.ts'

export interface LogDestinationOptions {
  readonly fd: number
  readonly clock: Clock
  /** Called when lines can be written again after this many were lost. */
  readonly onLost: (lines: number) => void
  readonly write?: typeof writeFile
}

/** A line waits no longer than this for others that are written together with it. */
const delayMs = 50

/** So much is written without waiting for more. */
const fullLength = 16_384

/** What may wait for a reader that is slow; lines beyond that are lost. */
const maxLength = 16 * 1024 * 1024

/**
 * Where the log goes when nobody watches it on a terminal: written in the background and many lines at a time, since one
 * `write` for each costs as much as a third of a request. Nothing that happens there touches the traffic: of a reader that
 * does not keep up and of a full disk the log has a gap. (sonic-boom, which pino would use, ends the process on a full
 * disk, or never lets it end, and keeps all that a slow reader has not read.)
 */
export class LogDestination {
  readonly #options: LogDestinationOptions
  readonly #write: typeof writeFile
  #lines: string[] = []
  /** What is being written now, and how many lines that is. */
  #chunk: Buffer | undefined
  #chunkLines = 0
  /** Of the lines and of the chunk, in characters. */
  #length = 0
  #chunkLength = 0
  #lost = 0
  #cancel: (() => void) | undefined
  #onEmpty: (() => void) | undefined

  constructor (options: LogDestinationOptions) {
    this.#options = options
    this.#write = options.write ?? writeFile
  }

  /** Takes a line with its end. */
  write (logged: string): void {
    const line = safeJson(logged)
    if (this.#length + line.length > maxLength) {
      this.#lost++
      return
    }
    this.#lines.push(line)
    this.#length += line.length
    if (this.#chunk !== undefined) return
    if (this.#length >= fullLength) this.#flush()
    else this.#flushLater()
  }

  /** Resolves when all lines are written or lost. */
  end (): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty = resolve
      if (this.#chunk === undefined) this.#flush()
    })
  }

  /** Writes what waits before it returns, for a process that ends at once; nothing where that could take long. Pino asks for it on `fatal`. */
  flushSync (): void {
    if (this.#chunk !== undefined) return
    try {
      writeSync(this.#options.fd, this.#lines.join(''))
    } catch {
      this.#lost += this.#lines.length
    }
    this.#lines = []
    this.#length = 0
  }

  #flushLater (): void {
    this.#cancel ??= this.#options.clock.after(delayMs, () => { this.#flush() })
  }

  #flush (): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#lines.length === 0) return this.#onEmpty?.()
    this.#chunk = Buffer.from(this.#lines.join(''))
    this.#chunkLines = this.#lines.length
    this.#chunkLength = this.#length
    this.#lines = []
    this.#writeChunk(this.#chunk)
  }

  #writeChunk (chunk: Buffer): void {
    this.#chunk = chunk
    this.#write(this.#options.fd, chunk, 0, chunk.length, null, (error, written) => {
      // A reader behind a pipe that does not block is slow.
      if (error?.code === 'EAGAIN') this.#options.clock.after(delayMs, () => { this.#writeChunk(chunk) })
      else if (error === null && written < chunk.length) this.#writeChunk(chunk.subarray(written))
      else this.#afterChunk(error === null)
    })
  }

  #afterChunk (isWritten: boolean): void {
    this.#chunk = undefined
    this.#length -= this.#chunkLength
    if (!isWritten) this.#lost += this.#chunkLines
    else if (this.#lost > 0) this.#options.onLost(this.#takeLost())
    if (this.#onEmpty !== undefined || (isWritten && this.#length >= fullLength)) this.#flush()
    else if (this.#lines.length > 0) this.#flushLater()
  }

  #takeLost (): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
  }
}
