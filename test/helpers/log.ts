import { pino, type Logger } from 'pino'

export interface LogLine {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

export interface MemoryLog {
  readonly logger: Logger
  /** What was logged, as it was written. */
  readonly text: () => string
  /** The lines with this message, or all. */
  readonly lines: (msg?: string) => LogLine[]
}

/** A log that stays in memory. */
export function memoryLog (): MemoryLog {
  const written: string[] = []
  const logger = pino({}, { write: (line: string) => { written.push(line) } })
  return {
    logger,
    text: () => written.join(''),
    lines: (msg) => written.map((line): LogLine => JSON.parse(line)).filter((line) => msg === undefined || line.msg === msg)
  }
}
