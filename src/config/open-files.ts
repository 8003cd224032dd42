import { readFileSync } from 'node:fs'

/** The number of files and sockets that this process may have open; undefined if unknown (only Linux tells). */
export function maxOpenFiles (): number | undefined {
  try {
    const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}
