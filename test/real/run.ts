import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { bareEnv } from './bare-env.ts'

export interface RunOptions {
  readonly cwd: string
  readonly env?: Record<string, string>
  readonly timeoutMs?: number
}

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
}

/** Runs a program to its end, whatever its exit code; one that is not done in time is ended, children included. */
export async function run (path: string, args: string[], { cwd, env, timeoutMs = 60_000 }: RunOptions): Promise<Finished> {
  const startedAt = performance.now()
  // A process group of its own, so that the children of a script end with it.
  const child = spawn(path, args, { cwd, env: bareEnv(cwd, env), detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
  const timer = setTimeout(() => { if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL') }, timeoutMs)
  try {
    const [code] = await once(child, 'close') as [number | null]
    if (code === null) throw new Error(`${path} ${args.join(' ')} was not done after ${timeoutMs} ms\n${stdout}${stderr}`)
    return { code, stdout, stderr, durationMs: performance.now() - startedAt }
  } finally {
    clearTimeout(timer)
  }
}

/** As `run`, for a program that must succeed. */
export async function runWell (path: string, args: string[], options: RunOptions): Promise<Finished> {
  const finished = await run(path, args, options)
  if (finished.code !== 0) throw new Error(`${path} ${args.join(' ')} ended with ${finished.code}\n${finished.stdout}${finished.stderr}`)
  return finished
}
