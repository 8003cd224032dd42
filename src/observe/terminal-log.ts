import pretty from 'pino-pretty'
import { safeOnceParsed } from './log-escapes.ts'

/** The log as lines for a person on a terminal, which obeys what it is sent: whatever a client wrote is shown, not obeyed. */
export class TerminalLog {
  readonly #stream: ReturnType<typeof pretty>

  constructor (destination: NonNullable<pretty.PrettyOptions['destination']> = 1) {
    this.#stream = pretty({ destination, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', singleLine: true })
  }

  /** Takes a line with its end. */
  write (line: string): void {
    this.#stream.write(safeOnceParsed(line))
  }

  /** Resolves when all lines are written. */
  end (): Promise<void> {
    return new Promise((resolve) => { this.#stream.once('close', resolve).end() })
  }
}
