import { readdirSync, readFileSync } from 'node:fs'

/** The process and all that descend from it, as far as they live now. */
export function processTree (root: number): number[] {
  const childrenOf = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const parent = Number(statFields(pid)?.[1] ?? 0)
    childrenOf.set(parent, [...childrenOf.get(parent) ?? [], pid])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...childrenOf.get(pid) ?? [])
  return tree
}

/** The fields of /proc/PID/stat from the third on (state, ppid, …): the second is a name and may hold spaces. */
export function statFields (pid: number): string[] | undefined {
  const stat = readProc(pid, 'stat')
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Undefined when the process has ended. */
export function readProc (pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined
  }
}
