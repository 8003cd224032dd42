import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import type { TestContext } from 'node:test'
import { atEnd } from './at-end.ts'
import { bareEnv } from './bare-env.ts'
import { waitFor } from './wait-for.ts'

export interface ServiceOptions {
  readonly cwd: string
  readonly env?: Record<string, string>
  /** Answers 200 once the service is ready. */
  readonly readyUrl: string
  /** Where it logs, when not to stdout or stderr. */
  readonly logFile?: string
  /** Asks it to end. */
  readonly endSignal?: NodeJS.Signals
}

export interface Service {
  /** What it has logged so far. */
  readonly output: () => string
  /** Asks it to end and waits until it has. */
  readonly end: () => Promise<void>
}

/** Starts a server as a process of its own. When the test ends it is asked to end, and must do so with exit code 0. */
export async function startService (
  t: TestContext,
  path: string,
  args: string[],
  { cwd, env, readyUrl, logFile, endSignal = 'SIGTERM' }: ServiceOptions
): Promise<Service> {
  const child = spawn(path, args, { cwd, env: bareEnv(cwd, env), stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  let written = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      written += text
    })
  }
  const output = () => (logFile === undefined || !existsSync(logFile) ? written : written + readFileSync(logFile, 'utf8'))
  const end = async () => {
    child.kill(endSignal)
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
    }, 30_000)
    const [code, signal] = await closed
    clearTimeout(timer)
    assert.equal(signal ?? code, 0, `${path} ${args.join(' ')} did not end by ${endSignal} with exit code 0\n${output()}`)
  }
  atEnd(t, end)
  await waitFor(`${readyUrl} answers 200`, async () => {
    if (child.exitCode !== null) throw new Error(`${path} ended with ${child.exitCode}\n${output()}`)
    return (await statusOf(readyUrl)) === 200
  })
  return { output, end }
}

/** The status of an answer; undefined without one. Leaves no connection behind. */
function statusOf (url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const req = get(url, { agent: false, timeout: 1000 }, (res) => {
      res.resume()
      resolve(res.statusCode)
    })
    req.on('timeout', () => { req.destroy() })
    req.on('error', () => { resolve(undefined) })
  })
}
