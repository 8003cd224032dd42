import { readFileSync } from 'node:fs'
import { processTree, readProc, statFields } from './process-tree.ts'

/** A clock tick of /proc: USER_HZ is 100 on every Linux that Node.js 24 runs on. */
const microsPerTick = 10_000

/** CPU time of a process with all its threads and descendants since their start, user and system, in microseconds. */
export function cpuMicros (root: number): number {
  let ticks = 0
  for (const pid of processTree(root)) {
    const fields = statFields(pid)
    ticks += Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0)
  }
  return ticks * microsPerTick
}

export type MemoryField = 'VmHWM' | 'VmRSS'

/** Resident memory of the whole tree in KiB: now (VmRSS), or each process's own peak (VmHWM). Shared pages count twice. */
export function memoryKib (root: number, field: MemoryField): number {
  const pattern = new RegExp(`${field}:\\s*(\\d+) kB`)
  let sum = 0
  for (const pid of processTree(root)) sum += Number(pattern.exec(readProc(pid, 'status') ?? '')?.[1] ?? 0)
  return sum
}

export interface CoreTimes {
  readonly busy: number
  readonly total: number
}

/** What the kernel says of a whole core, interrupts included, in ticks. */
export function coreTimes (core: number): CoreTimes {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? ''
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line.split(' ').map(Number)
  const busy = user + nice + system + irq + softirq
  return { busy, total: busy + idle + iowait + steal }
}

/** Of the core's time, what went to the proxy and what to anything else: the second should be next to nothing. */
export function shareOfCore (ownMicros: number, before: CoreTimes, after: CoreTimes) {
  const total = Math.max(1, after.total - before.total)
  const ownPercent = 100 * ownMicros / microsPerTick / total
  const busyPercent = 100 * (after.busy - before.busy) / total
  return { ownPercent, othersPercent: Math.max(0, busyPercent - ownPercent) }
}

/** How many files a process of this user may open at most. */
export function openFilesLimit (): number {
  const limit = /Max open files\s+\S+\s+(\S+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? '0'
  return limit === 'unlimited' ? Infinity : Number(limit)
}
