import { readFileSync } from 'node:fs'

/** How many files, sockets among them, this process may have open at a time; undefined where the system does not tell (it is Linux that does). */
export function maxOpenFiles (): number | undefined {
  try {
    const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}
