import pretty from 'pino-pretty'
import { safeOnceParsed } from './log-escapes.ts'

/** The log as readable text for a terminal. Terminals act on control characters, so text from clients is shown escaped. */
export class TerminalLog {
  readonly #stream: ReturnType<typeof pretty>

  constructor (destination: NonNullable<pretty.PrettyOptions['destination']> = 1) {
    this.#stream = pretty({ destination, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', singleLine: true })
  }

  /** Takes a line, including its line feed. */
  write (line: string): void {
    this.#stream.write(safeOnceParsed(line))
  }

  /** Resolves when all lines are written. */
  end (): Promise<void> {
    return new Promise((resolve) => { this.#stream.once('close', resolve).end() })
  }
}
