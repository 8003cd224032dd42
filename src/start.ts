import { constants } from 'node:os'
import type { FastifyInstance } from 'fastify'
import { createApp, type AppOptions } from './app.ts'
import { OperatorError } from './config/operator-error.ts'
import { closingMs, exit, exitCodes, fail } from './ending.ts'
import { createProgramLog, type ProgramLog } from './observe/program-log.ts'

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** The same signal within this time is a duplicate: npm passes on what the terminal has already sent to all processes. */
const repeatedMs = 300

/** By default the settings come from the environment of this process. */
export type StartOptions = Partial<AppOptions>

/**
 * Runs the gateway as a program: both listeners, the log of the program unless `logger` is given, and a drain on SIGTERM,
 * SIGINT and, where there are no files to read again, SIGHUP, after which the process ends with exit code 0. Resolves
 * when the traffic listener listens; if the start fails, it prints what is wrong and ends the process with exit code 1.
 */
export async function start (options: StartOptions = {}): Promise<FastifyInstance> {
  const log = createProgramLog()
  try {
    const app = await createApp({ env: process.env, logger: log.logger, ...options })
    const { HOST, PORT, ADMIN_HOST, ADMIN_PORT } = app.config
    // Before the traffic listener listens, nothing is in flight, and there is no need to wait for the first health checks.
    const end = async (): Promise<void> => {
      const { SHUTDOWN_DELAY_MS, SHUTDOWN_TIMEOUT_MS } = app.config
      setTimeout(() => {
        fail(new OperatorError('a plugin did not close in time'), log)
      }, SHUTDOWN_DELAY_MS + SHUTDOWN_TIMEOUT_MS + closingMs).unref()
      if (app.server.listening) await app.drain()
    }
    drainOnSignals(app, end, log)
    // The admin listener first: it can say "live" and "not ready" while the first health checks run.
    app.log.info(`admin listener: ${await app.admin.listen({ host: ADMIN_HOST, port: ADMIN_PORT })}`)
    await app.listen({ host: HOST, port: PORT, listenTextResolver: (address) => `traffic listener: ${address}` })
    await app.tls?.listen(HOST)
    return app
  } catch (error) {
    fail(error, log)
    return await new Promise<never>(() => {}) // the process ends
  }
}

/** The listeners stay: a signal without a listener ends the process at once. */
function drainOnSignals ({ configFile, tls }: FastifyInstance, drain: () => Promise<void>, log: ProgramLog): void {
  let first: { readonly signal: string, readonly at: number } | undefined
  for (const signal of signals) {
    process.on(signal, () => {
      // With files to read again, it asks for that.
      if (signal === 'SIGHUP' && (configFile.path !== undefined || tls?.hasFiles === true) && first === undefined) {
        void configFile.reload()
        void tls?.reload()
      } else if (first === undefined) {
        first = { signal, at: performance.now() }
        drain().then(() => { exit(exitCodes.ended, log) }, (error: unknown) => { fail(error, log) })
      } else if (signal !== first.signal || performance.now() - first.at > repeatedMs) process.exit(128 + constants.signals[signal])
    })
  }
}
