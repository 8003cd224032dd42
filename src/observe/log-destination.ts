import { fstatSync, write as writeFile, writeSync } from 'node:fs'
import type { Clock } from '../base/clock.ts'
import { safeJson } from './log-escapes.ts'
import { shortenLine } from './shorten-line.ts'

export interface LogDestinationOptions {
  readonly fd: number
  readonly clock: Clock
  /** Called when lines can be written again, with the number that was lost. */
  readonly onLost: (lines: number) => void
  /** Other processes write there too. */
  readonly isShared?: boolean
  readonly write?: typeof writeFile
}

/** The longest time a line waits for others to be written together. */
const delayMs = 50

/** Once this much is buffered, it is written without waiting for more. */
const fullLength = 16_384

/** How much may be buffered for a slow reader; lines beyond that are lost. */
const maxLength = 16 * 1024 * 1024

/**
 * PIPE_BUF of Linux: up to this, what is written to a pipe is not mixed with what others write (pipe(7)), whether or not the pipe is
 * full, and with O_NONBLOCK is written as a whole or not at all. Beyond it, Linux writes page by page as there is room.
 */
const maxAtomicBytes = 4096

/** Lines that are written by one call. */
interface Piece {
  readonly bytes: Buffer
  readonly lines: number
}

/**
 * The log when stdout is not a terminal: written in the background, many lines at a time, because one `write` per line
 * costs a third of a request. It never affects the traffic: a slow reader or a full disk costs log lines, and nothing else.
 * (sonic-boom, pino's default, ends the process on a full disk or never lets it end, and buffers without bound for a slow
 * reader.)
 *
 * Several processes may write to one pipe or socket (`isShared`): then lines are written whole, in pieces that the kernel keeps together.
 * There is no such piece for a line of more than 4096 bytes: its longest strings are shortened. A file needs none of this, as each call
 * holds its offset.
 */
export class LogDestination {
  readonly #options: LogDestinationOptions
  readonly #write: typeof writeFile
  #lines: string[] = []
  /** What is being written; the first piece of it by the call that is under way. */
  #pieces: Piece[] = []
  /** Total of the lines and the pieces, in characters. */
  #length = 0
  #piecesLength = 0
  #lost = 0
  #cancel: (() => void) | undefined
  #onEmpty: (() => void) | undefined
  /** Pieces must be small, as others write there too. */
  readonly #isMixed: boolean

  constructor (options: LogDestinationOptions) {
    this.#options = options
    this.#write = options.write ?? writeFile
    this.#isMixed = options.isShared === true && !isFile(options.fd)
  }

  /** Takes a line, including its line feed. */
  write (logged: string): void {
    const line = this.#isMixed ? withinPiece(safeJson(logged)) : safeJson(logged)
    if (this.#length + line.length > maxLength) {
      this.#lost++
      return
    }
    this.#lines.push(line)
    this.#length += line.length
    if (this.#pieces.length > 0) return
    if (this.#length >= fullLength) this.#flush()
    else this.#flushLater()
  }

  /** Resolves when all lines are written or lost. */
  end (): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty = resolve
      if (this.#pieces.length === 0) this.#flush()
    })
  }

  /** Writes buffered lines synchronously, for a process that is about to end, unless that could take long. Pino calls it on `fatal`. */
  flushSync (): void {
    if (this.#pieces.length > 0) return
    for (const { bytes, lines } of this.#takeLines()) {
      try {
        writeSync(this.#options.fd, bytes)
      } catch {
        this.#lost += lines
      }
    }
    this.#length = 0
  }

  #flushLater (): void {
    this.#cancel ??= this.#options.clock.after(delayMs, () => { this.#flush() })
  }

  #flush (): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#lines.length === 0) return this.#onEmpty?.()
    this.#piecesLength = this.#length
    this.#pieces = this.#takeLines()
    this.#writePiece(this.#pieces[0]!.bytes)
  }

  #takeLines (): Piece[] {
    const lines = this.#lines
    this.#lines = []
    return this.#isMixed ? smallPiecesOf(lines) : [{ bytes: Buffer.from(lines.join('')), lines: lines.length }]
  }

  #writePiece (bytes: Buffer): void {
    this.#write(this.#options.fd, bytes, 0, bytes.length, null, (error, written) => {
      // A non-blocking pipe is full: its reader is slow.
      if (error?.code === 'EAGAIN') this.#options.clock.after(delayMs, () => { this.#writePiece(bytes) })
      else if (error === null && written < bytes.length) this.#writePiece(bytes.subarray(written))
      else this.#afterPiece(error === null)
    })
  }

  #afterPiece (isWritten: boolean): void {
    const { lines } = this.#pieces.shift()!
    if (!isWritten) this.#lost += lines
    const next = this.#pieces[0]
    if (next !== undefined) return this.#writePiece(next.bytes)
    this.#length -= this.#piecesLength
    if (isWritten && this.#lost > 0) this.#options.onLost(this.#takeLost())
    if (this.#onEmpty !== undefined || (isWritten && this.#length >= fullLength)) this.#flush()
    else if (this.#lines.length > 0) this.#flushLater()
  }

  #takeLost (): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
  }
}

/** A file, or nothing that is open. */
function isFile (fd: number): boolean {
  try {
    const stats = fstatSync(fd)
    return !stats.isFIFO() && !stats.isSocket()
  } catch {
    return true
  }
}

function withinPiece (line: string): string {
  // No character takes more than 3 bytes for each of its units.
  if (line.length * 3 <= maxAtomicBytes || Buffer.byteLength(line) <= maxAtomicBytes) return line
  return shortenLine(line, maxAtomicBytes)
}

/** As many whole lines in each as fit. */
function smallPiecesOf (lines: readonly string[]): Piece[] {
  const pieces: Piece[] = []
  let start = 0
  let bytes = 0
  for (let i = 0; i <= lines.length; i++) {
    const length = i < lines.length ? Buffer.byteLength(lines[i]!) : Infinity
    if (bytes + length > maxAtomicBytes && i > start) {
      pieces.push({ bytes: Buffer.from(lines.slice(start, i).join('')), lines: i - start })
      start = i
      bytes = 0
    }
    bytes += length
  }
  return pieces
}
