#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AppOptions } from './app.ts'
import type { checkSettings } from './check.ts'
import { helpText, readCommand } from './command-line.ts'
import { withoutNodeEnvFile } from './config/node-env-file.ts'
import { OperatorError } from './config/operator-error.ts'
import { safeLines, safeText } from './observe/log-escapes.ts'
import { packageVersion } from './base/package-version.ts'
import { wantsWorkers } from './config/wants-workers.ts'
import { runSupervisor } from './supervisor/run-supervisor.ts'

const exitCodes = { failed: 1, usage: 2, unsettled: 13 } as const

// Node.js exits silently if only unsettled promises are left.
process.once('exit', () => {
  if (process.exitCode === exitCodes.unsettled) {
    console.error('evenkeel: the start did not finish: a plugin is waiting for something that never happens')
  }
})

const command = readCommand(process.argv.slice(2))
switch (command.type) {
  case 'help':
    process.stdout.write(helpText)
    break
  case 'version':
    process.stdout.write(`${packageVersion}\n`)
    break
  case 'wrong':
    fail(`${command.problem}; see evenkeel --help`, exitCodes.usage)
    break
  case 'run':
  case 'check': {
    const { type, envFile = '.env', plugins } = command
    if (command.envFile !== undefined && !existsSync(envFile)) {
      fail(`${envFile}: there is no such file`, exitCodes.failed)
      break
    }
    const env = command.envFile === undefined ? process.env : withoutNodeEnvFile(process.env, envFile)
    if (type === 'run') await run({ env, envFile, plugins })
    else {
      const { configFile, explain, headers } = command
      const options = { env: configFile === undefined ? env : { ...env, CONFIG_FILE: configFile }, envFile, plugins }
      await check(options, explain, headers)
      process.exit() // even if a plugin keeps the process alive
    }
    break
  }
  default:
    command satisfies never
}

/** The supervisor loads nothing but what it needs: what the others are made of is imported where it runs. */
async function run (options: AppOptions & { readonly envFile: string }): Promise<void> {
  const isPart = process.env['EVENKEEL_ROLE'] !== undefined
  if (!isPart && wantsWorkers(options.env, options.envFile)) {
    await runSupervisor({ script: fileURLToPath(import.meta.url), args: process.argv.slice(2), env: process.env })
    return
  }
  const { partFrom, startPart } = await import('./start-part.ts')
  const part = partFrom(process.env)
  if (part !== undefined) return await startPart(part, options)
  const { start } = await import('./start.ts')
  await start(options)
}

async function check (...asked: Parameters<typeof checkSettings>): Promise<void> {
  try {
    const { checkSettings } = await import('./check.ts')
    for (const line of await checkSettings(...asked)) console.log(safeText(line))
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    fail(error.message, exitCodes.failed)
  }
}

function fail (problem: string, exitCode: number): void {
  console.error(`evenkeel: ${safeLines(problem)}`)
  process.exitCode = exitCode
}
