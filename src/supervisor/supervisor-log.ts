import { write } from 'node:fs'
import { hostname } from 'node:os'

/** pino's numbers. */
const levels = { info: 30, warn: 40, error: 50, fatal: 60 } as const

type Level = keyof typeof levels

/** More lines than these are dropped while nobody reads them. */
const maxLines = 1000

/** How long to wait where a pipe is full. */
const retryMs = 50

export interface SupervisorLog {
  (level: Level, msg: string, fields?: Readonly<Record<string, unknown>>): void
}

/**
 * The log of the supervisor, in the shape of the children's: JSON lines as pino writes them, or text for a terminal. Lines are written
 * one after the other in the background: a pipe that is not read must not hold up those that connect.
 */
export class StdoutLog {
  readonly #lines: string[] = []
  readonly #isTerminal: boolean
  #isWriting = false
  #whenIdle: Array<() => void> = []

  constructor (isTerminal = process.stdout.isTTY) {
    this.#isTerminal = isTerminal
  }

  readonly log: SupervisorLog = (level, msg, fields = {}) => {
    if (this.#lines.length >= maxLines) return
    this.#lines.push(this.#isTerminal ? textLine(level, msg, fields) : jsonLine(level, msg, fields))
    if (!this.#isWriting) this.#next()
  }

  /** Resolves when all lines are written. */
  end (): Promise<void> {
    return this.#isWriting ? new Promise((resolve) => { this.#whenIdle.push(resolve) }) : Promise.resolve()
  }

  #next (): void {
    const line = this.#lines.shift()
    this.#isWriting = line !== undefined
    if (line === undefined) for (const resolve of this.#whenIdle.splice(0)) resolve()
    else this.#write(Buffer.from(line))
  }

  #write (bytes: Buffer): void {
    write(1, bytes, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(() => { this.#write(bytes) }, retryMs)
      else if (error === null && written < bytes.length) this.#write(bytes.subarray(written))
      else this.#next()
    })
  }
}

function jsonLine (level: Level, msg: string, fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ level: levels[level], time: Date.now(), pid: process.pid, hostname: hostname(), ...fields, msg })}\n`
}

function textLine (level: Level, msg: string, fields: Readonly<Record<string, unknown>>): string {
  const now = new Date()
  const time = `${now.toTimeString().slice(0, 8)}.${String(now.getMilliseconds()).padStart(3, '0')}`
  const rest = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`
  return `[${time}] ${level.toUpperCase()}: ${msg}${rest}\n`
}
