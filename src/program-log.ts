import { pino, type Logger } from 'pino'
import pretty from 'pino-pretty'
import { systemClock } from './clock.ts'
import { LogDestination } from './log-destination.ts'

export interface ProgramLog {
  readonly logger: Logger
  /** Calls `done` when the last line is written. */
  end (done: () => void): void
}

/** The log of the program, to stdout: lines for a person on a terminal, JSON elsewhere. */
export function createProgramLog (): ProgramLog {
  if (process.stdout.isTTY) {
    const destination = pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', singleLine: true })
    return { logger: pino({}, destination), end: (done) => { destination.once('close', done).end() } }
  }
  const destination = new LogDestination({ fd: 1, clock: systemClock, onLost: (lines) => { logger.warn({ lines }, 'lines of the log were lost') } })
  const logger: Logger = pino({}, destination)
  process.once('exit', () => { destination.flushSync() })
  return { logger, end: (done) => { destination.end().then(done, done) } }
}
