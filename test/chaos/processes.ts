import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

export interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd: string
  /** Where stdout and stderr go. */
  readonly logFile: string
  /** Opens a channel for messages, for our own children. */
  readonly hasChannel?: true
}

const started = new Set<ChildProcess>()
/** Started by what we have started, and not ended with it. */
const adopted = new Set<number>()

export function start ({ command, args, env, cwd, logFile, hasChannel }: Command): ChildProcess {
  const log = openSync(logFile, 'a')
  const stdio: StdioOptions = hasChannel === true ? ['ignore', log, log, 'ipc'] : ['ignore', log, log]
  const child = spawn(command, args, { cwd, env: { PATH: process.env['PATH'], ...env }, stdio })
  closeSync(log)
  started.add(child)
  child.once('exit', () => { started.delete(child) })
  return child
}

export function hasEnded (child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Asks, waits a second, then insists. */
export async function stop (child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const inTime = await Promise.race([ended.then(() => true), pause(1000, false, { ref: false })])
  if (inTime) return
  child.kill('SIGKILL')
  await ended
}

/** From now on this process, which one of ours has started, is ended with ours. */
export function adopt (pid: number): void {
  adopted.add(pid)
}

export function isAlive (pid: number): boolean {
  return sendTo(pid, 0)
}

/** Returns whether there is such a process. */
export function sendTo (pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/** For the end of this program, however it comes. */
export function killAllNow (): void {
  for (const child of started) child.kill('SIGKILL')
  for (const pid of adopted) sendTo(pid, 'SIGKILL')
  adopted.clear()
}

export function lastLines (file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-3).join(' | ')
}
