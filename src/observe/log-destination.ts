import { write as writeFile, writeSync } from 'node:fs'
import type { Clock } from '../base/clock.ts'
import { safeJson } from './log-escapes.ts'

export interface LogDestinationOptions {
  readonly fd: number
  readonly clock: Clock
  /** Called when lines can be written again, with the number that was lost. */
  readonly onLost: (lines: number) => void
  readonly write?: typeof writeFile
}

/** The longest time a line waits for others to be written together. */
const delayMs = 50

/** Once this much is buffered, it is written without waiting for more. */
const fullLength = 16_384

/** How much may be buffered for a slow reader; lines beyond that are lost. */
const maxLength = 16 * 1024 * 1024

/**
 * The log when stdout is not a terminal: written in the background, many lines at a time, because one `write` per line
 * costs a third of a request. It never affects the traffic: a slow reader or a full disk costs log lines, and nothing else.
 * (sonic-boom, pino's default, ends the process on a full disk or never lets it end, and buffers without bound for a slow
 * reader.)
 */
export class LogDestination {
  readonly #options: LogDestinationOptions
  readonly #write: typeof writeFile
  #lines: string[] = []
  /** The chunk that is being written, and its number of lines. */
  #chunk: Buffer | undefined
  #chunkLines = 0
  /** Total of the lines and the chunk, in characters. */
  #length = 0
  #chunkLength = 0
  #lost = 0
  #cancel: (() => void) | undefined
  #onEmpty: (() => void) | undefined

  constructor (options: LogDestinationOptions) {
    this.#options = options
    this.#write = options.write ?? writeFile
  }

  /** Takes a line, including its line feed. */
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

  /** Writes buffered lines synchronously, for a process that is about to end, unless that could take long. Pino calls it on `fatal`. */
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
      // A non-blocking pipe is full: its reader is slow.
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
