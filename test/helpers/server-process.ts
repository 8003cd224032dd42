import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { LogLine } from './log.ts'
import { until } from './until.ts'

/** dist/src/server.js, seen from dist/test/helpers/. */
const program = fileURLToPath(new URL('../../src/server.js', import.meta.url))

export interface ServerProcess {
  readonly pid: number
  readonly stdout: () => string
  readonly stderr: () => string
  /** The lines of the log so far, each of which must be JSON. */
  readonly lines: () => LogLine[]
  /** Resolves with the first line whose message matches. */
  readonly line: (msg: RegExp) => Promise<LogLine>
  /** Resolve with the urls of the listeners, as logged. */
  readonly url: () => Promise<string>
  readonly adminUrl: () => Promise<string>
  /** Leaves its log unread from now on. */
  stopReading (): void
  kill (signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP'): void
  readonly exited: Promise<{ code: number | null, signal: string | null }>
}

/** Spawns the built server with these settings and nothing else of this process's environment; with few files, if told so. */
export function spawnServer (
  t: Pick<TestContext, 'after'>,
  settings: Record<string, string>,
  cwd = tmpdir(),
  maxOpenFiles?: number,
  args: readonly string[] = []
): ServerProcess {
  const env = { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ADMIN_PORT: '0', REGISTRY_FILE: '', ...settings }
  const limit = maxOpenFiles === undefined ? '' : `ulimit -n ${maxOpenFiles};`
  const child = spawn('sh', ['-c', `${limit} exec "$0" "$@"`, process.execPath, program, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (piece) => {
    stdout += piece
  })
  child.stderr.setEncoding('utf8').on('data', (piece) => {
    stderr += piece
  })
  let ended = false
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('close', (code, signal) => {
      ended = true
      resolve({ code, signal })
    })
  })
  t.after(() => {
    child.stdout.resume()
    child.kill('SIGKILL')
    return exited
  })

  const lines = (): LogLine[] =>
    stdout
      .slice(0, stdout.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  const line = (msg: RegExp): Promise<LogLine> =>
    until(`a log line ${msg}`, () => {
      const found = lines().find((line) => msg.test(line.msg))
      if (found === undefined && ended) throw new Error(`the server ended without a log line ${msg}: ${stdout}${stderr}`)
      return found
    })
  const urlIn = async (msg: RegExp): Promise<string> => (await line(msg)).msg.replace(/^.*: /, '')

  return {
    pid: child.pid as number,
    stdout: () => stdout,
    stderr: () => stderr,
    lines,
    line,
    url: () => urlIn(/^traffic listener: /),
    adminUrl: () => urlIn(/^admin listener: /),
    stopReading: () => {
      child.stdout.pause()
    },
    kill: (signal) => {
      child.kill(signal)
    },
    exited
  }
}

const folders: string[] = []
process.once('exit', () => { for (const folder of folders) rmSync(folder, { recursive: true, force: true }) })

/** An empty folder that is gone when the tests of a file have ended: a gateway that is closed after its test may still write there. */
export async function temporaryFolder (): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-test-'))
  folders.push(folder)
  return folder
}

export function isRunning (pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
