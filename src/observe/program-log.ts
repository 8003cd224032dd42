import { pino, type Logger } from 'pino'
import { systemClock } from '../base/clock.ts'
import { LogDestination } from './log-destination.ts'
import { TerminalLog } from './terminal-log.ts'

export interface ProgramLog {
  readonly logger: Logger
  /** Resolves when the last line is written. */
  end (): Promise<void>
}

export interface ProgramLogOptions {
  /** Other processes write there too. */
  readonly isShared?: boolean
  /** What each line says besides. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** The log of the program, on stdout: readable text on a terminal, JSON elsewhere. */
export function createProgramLog ({ isShared = false, fields = {} }: ProgramLogOptions = {}): ProgramLog {
  if (process.stdout.isTTY) {
    const terminal = new TerminalLog()
    return { logger: pino({}, terminal).child(fields), end: () => terminal.end() }
  }
  const destination = new LogDestination({
    fd: 1,
    clock: systemClock,
    isShared,
    onLost: (lines) => {
      logger.warn({ lines }, 'log lines were lost')
    }
  })
  const logger: Logger = pino({}, destination).child(fields)
  process.once('exit', () => { destination.flushSync() })
  return { logger, end: () => destination.end() }
}
