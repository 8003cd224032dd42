#!/usr/bin/env node
import { constants } from 'node:os'
import { pino, type Logger } from 'pino'
import pretty from 'pino-pretty'
import { createApp } from './app.ts'
import { SettingError } from './config/setting-error.ts'

const logger = createLogger()

try {
  const app = await createApp({ env: process.env, envFile: '.env', logger })
  const { HOST, PORT, ADMIN_HOST, ADMIN_PORT } = app.config
  drainOnSignal('SIGTERM', app.drain)
  drainOnSignal('SIGINT', app.drain)
  // The admin listener first: it can say "live" and "not ready" while the first health checks run.
  logger.info(`admin listener: ${await app.admin.listen({ host: ADMIN_HOST, port: ADMIN_PORT })}`)
  await app.listen({ host: HOST, port: PORT, listenTextResolver: (address) => `traffic listener: ${address}` })
} catch (error) {
  fail(error)
}

/** Lines for a person on a terminal, JSON elsewhere. */
function createLogger (): Logger {
  if (!process.stdout.isTTY) return pino({})
  return pino({}, pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', singleLine: true }))
}

function drainOnSignal (signal: 'SIGTERM' | 'SIGINT', drain: () => Promise<void>): void {
  process.once(signal, () => {
    for (const second of ['SIGTERM', 'SIGINT'] as const) {
      process.removeAllListeners(second)
      process.on(second, () => { process.exit(128 + constants.signals[second]) })
    }
    drain().then(() => { process.exit(0) }, fail)
  })
}

/** What an owner can mend is told in one line; anything else with its stack. */
function fail (error: unknown): never {
  const isOwners = error instanceof SettingError || (error instanceof Error && 'syscall' in error)
  if (isOwners) console.error(`evenkeel: ${describe(error)}`)
  else logger.fatal({ err: error }, 'evenkeel ended by a failure')
  process.exit(1)
}

function describe (error: Error & { code?: unknown, address?: unknown, port?: unknown }): string {
  if (error.code === 'EADDRINUSE') return `${error.address}:${error.port} is taken by another process; set PORT or ADMIN_PORT`
  if (error.code === 'EACCES') return `no permission to listen on ${error.address}:${error.port}`
  return error.message
}
