#!/usr/bin/env node
import { constants } from 'node:os'
import { pino } from 'pino'
import { createApp } from './app.ts'
import { systemClock } from './clock.ts'
import { SettingError } from './config/setting-error.ts'
import { LogDestination } from './log-destination.ts'
import { safeText } from './log-escapes.ts'
import { TerminalLog } from './terminal-log.ts'

// Lines for a person on a terminal, JSON elsewhere.
const logDestination = process.stdout.isTTY
  ? new TerminalLog()
  : new LogDestination({ fd: 1, clock: systemClock, onLost: (lines) => { logger.warn({ lines }, 'lines of the log were lost') } })
const logger = pino({}, logDestination)
process.once('exit', () => { if (logDestination instanceof LogDestination) logDestination.flushSync() })

try {
  const app = await createApp({ env: process.env, envFile: '.env', logger })
  const { HOST, PORT, ADMIN_HOST, ADMIN_PORT } = app.config
  // Before the traffic listener is there, nothing is in flight, and the end need not wait for the first health checks.
  const end = async (): Promise<void> => { if (app.server.listening) await app.drain() }
  drainOnSignal('SIGTERM', end)
  drainOnSignal('SIGINT', end)
  // The admin listener first: it can say "live" and "not ready" while the first health checks run.
  app.log.info(`admin listener: ${await app.admin.listen({ host: ADMIN_HOST, port: ADMIN_PORT })}`)
  await app.listen({ host: HOST, port: PORT, listenTextResolver: (address) => `traffic listener: ${address}` })
} catch (error) {
  fail(error)
}

/** Ends the process when the last line is written, or after a second if nobody reads it. */
function exit (code: number): void {
  const end = (): void => { process.exit(code) }
  setTimeout(end, 1000)
  logDestination.end().then(end, end)
}

function drainOnSignal (signal: 'SIGTERM' | 'SIGINT', drain: () => Promise<void>): void {
  process.once(signal, () => {
    for (const second of ['SIGTERM', 'SIGINT'] as const) {
      process.removeAllListeners(second)
      process.on(second, () => { process.exit(128 + constants.signals[second]) })
    }
    drain().then(() => { exit(0) }, fail)
  })
}

/** What an owner can mend is told in one line; anything else with its stack. */
function fail (error: unknown): void {
  const isOwners = error instanceof SettingError || (error instanceof Error && 'syscall' in error)
  if (isOwners) console.error(`evenkeel: ${safeText(describe(error))}`)
  else logger.fatal({ err: error }, 'evenkeel ended by a failure')
  exit(1)
}

function describe (error: Error & { code?: unknown, address?: unknown, port?: unknown }): string {
  if (error.code === 'EADDRINUSE') return `${error.address}:${error.port} is taken by another process; set PORT or ADMIN_PORT`
  if (error.code === 'EACCES') return `no permission to listen on ${error.address}:${error.port}`
  return error.message
}
