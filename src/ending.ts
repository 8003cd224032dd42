import { OperatorError } from './config/operator-error.ts'
import { safeLines } from './observe/log-escapes.ts'
import type { ProgramLog } from './observe/program-log.ts'

/** Exit codes: ended as requested, or failed to start or to end. */
export const exitCodes = { ended: 0, failed: 1 } as const

/** Time for plugins to close after the drain. */
export const closingMs = 5000

/** Problems that an operator can fix get one line; anything else gets its stack. */
export function fail (error: unknown, log: ProgramLog): void {
  const isOperators = error instanceof OperatorError || (error instanceof Error && 'syscall' in error)
  if (isOperators) console.error(`evenkeel: ${safeLines(describe(error))}`)
  else log.logger.fatal({ err: error }, 'evenkeel crashed')
  exit(exitCodes.failed, log)
}

/** Ends the process when the last log line is written, or after a second if it is not read. */
export function exit (code: number, log: ProgramLog): void {
  const end = (): void => { process.exit(code) }
  setTimeout(end, 1000)
  log.end().then(end, end)
}

function describe (error: Error & { code?: unknown, address?: unknown, port?: unknown }): string {
  if (error.code === 'EADDRINUSE') return `${error.address}:${error.port} is in use by another process; set PORT, TLS_PORT or ADMIN_PORT`
  if (error.code === 'EACCES') return `no permission to listen on ${error.address}:${error.port}`
  return error.message
}
