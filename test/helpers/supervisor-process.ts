import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:net'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { BoundListener, ListenerName } from '../../src/supervisor/messages.ts'
import { until } from './until.ts'

const program = fileURLToPath(new URL(`./supervisor-program.${import.meta.url.slice(-2)}`, import.meta.url))

type Line = Readonly<Record<string, unknown>> & { readonly level?: number, readonly msg?: string, readonly bound?: BoundListener[] }

export interface SupervisorProcess {
  readonly pid: number
  /** What the supervisors and their children have written. */
  readonly lines: Line[]
  /** Resolves with the line number `nth` that says so. */
  line (msg: string, nth?: number): Promise<Line>
  /** As bound last. */
  port (listener?: ListenerName): number
  readonly exited: Promise<number | null>
  /** Resolves when a supervisor that took over has ended too: with the last that writes to the same pipe. */
  readonly closed: Promise<unknown>
}

/** A supervisor in a process of its own, with the children of supervised-child.ts; `server` is its file descriptor 3. */
export function startSupervisorProcess (t: TestContext, env: Record<string, string>, server?: Server): SupervisorProcess {
  const listeners = (['traffic', 'admin'] as const).map((name) => ({ name, host: '127.0.0.1', port: 0 }))
  const plan = { workers: 1, listeners, maxConnections: 0, delayMs: 0, drainMs: 10_000 }
  const child = spawn('sh', ['-c', 'LISTEN_PID=$$ exec "$0" "$@"', process.execPath, program], {
    env: { PATH: process.env['PATH'], TEST_PLAN: JSON.stringify(plan), ...env },
    stdio: ['ignore', 'pipe', 'inherit', ...server === undefined ? [] : [descriptorOf(server)]]
  })
  const lines: Line[] = []
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (piece) => {
    const whole = `${text}${piece}`.split('\n')
    text = whole.pop() ?? ''
    lines.push(...whole.map((line) => JSON.parse(line)))
  })
  const exited = new Promise<number | null>((resolve) => { child.once('exit', resolve) })
  const closed = once(child, 'close')
  t.after(() => {
    child.kill('SIGKILL')
    return exited
  })
  return {
    pid: child.pid as number,
    lines,
    line: (msg, nth = 1) => until(`the line: ${msg}`, () => lines.filter((line) => line.msg === msg)[nth - 1]),
    port: (listener = 'traffic') => lines.findLast(({ bound }) => bound !== undefined)?.bound
      ?.find(({ name }) => name === listener)?.port as number,
    exited,
    closed
  }
}

/** Node has no public name for it. */
function descriptorOf (server: Server): number {
  return (server as unknown as { _handle: { fd: number } })._handle.fd
}
