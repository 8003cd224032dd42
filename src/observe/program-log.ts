import { pino, type Logger } from 'pino'
import { systemClock } from '../base/clock.ts'
import { LogDestination } from './log-destination.ts'
import { TerminalLog } from './terminal-log.ts'

export interface ProgramLog {
  readonly logger: Logger
  /** Resolves when the last line is written. */
  end (): Promise<void>
}

/** The log of the program, on stdout: readable text on a terminal, JSON elsewhere. */
export function createProgramLog (): ProgramLog {
  if (process.stdout.isTTY) {
    const terminal = new TerminalLog()
    return { logger: pino({}, terminal), end: () => terminal.end() }
  }
  const destination = new LogDestination({
    fd: 1,
    clock: systemClock,
    onLost: (lines) => {
      logger.warn({ lines }, 'log lines were lost')
    }
  })
  const logger: Logger = pino({}, destination)
  process.once('exit', () => { destination.flushSync() })
  return { logger, end: () => destination.end() }
}
