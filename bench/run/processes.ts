import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { openSync, closeSync, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { processTree } from '../measure/process-tree.ts'

/** A command held on one core. */
export interface PinnedCommand {
  readonly core: number
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Where stdout goes; nowhere without it. stderr goes to `errorFile`. */
  readonly outputFile?: string
  readonly errorFile: string
  /** Opens a channel for messages, for our own children. */
  readonly hasChannel?: boolean
}

/** `ulimit -n` as high as this user may, then the command in place of the shell: the pid stays the same. */
const raiseAndExec = 'ulimit -n "$(ulimit -Hn)"; exec "$@"'

export function startPinned (pinned: PinnedCommand): ChildProcess {
  const output = pinned.outputFile === undefined ? 'ignore' : openSync(pinned.outputFile, 'w')
  const errors = openSync(pinned.errorFile, 'w')
  const stdio: StdioOptions = pinned.hasChannel === true ? ['ignore', output, errors, 'ipc'] : ['ignore', output, errors]
  const args = ['-c', raiseAndExec, 'sh', 'taskset', '-c', String(pinned.core), pinned.command, ...pinned.args]
  const child = spawn('sh', args, { cwd: pinned.cwd, env: { PATH: process.env.PATH, ...pinned.env }, stdio })
  if (typeof output === 'number') closeSync(output)
  closeSync(errors)
  return child
}

export function hasEnded (child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Asks, waits for three seconds, then insists; the children it started go with it. Only what we started is touched. */
export async function stop (child: ChildProcess, patienceMs = 3000) {
  if (hasEnded(child) || child.pid === undefined) return
  const ended = once(child, 'exit')
  const tree = processTree(child.pid)
  child.kill('SIGTERM')
  const inTime = await Promise.race([ended.then(() => true), sleep(patienceMs, false, { ref: false })])
  if (inTime) return
  for (const pid of tree) killQuietly(pid)
  await ended
}

/** For the end of this program, however it comes: all that descend from it were started by it. */
export function killAllNow () {
  for (const pid of processTree(process.pid).slice(1)) killQuietly(pid)
}

export function lastLines (file: string, count = 2): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-count).join('\n')
}

function killQuietly (pid: number) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself meanwhile.
  }
}
