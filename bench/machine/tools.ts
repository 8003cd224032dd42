import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { BenchError } from '../bench-error.ts'

/** Programs looked for on this machine, with the Debian package each comes in. */
const packages = {
  nginx: 'nginx',
  haproxy: 'haproxy',
  caddy: 'caddy',
  wrk: 'wrk',
  h2load: 'nghttp2-client',
  taskset: 'util-linux',
  chrt: 'util-linux'
} as const

export type Tool = keyof typeof packages
export type Tools = Readonly<Partial<Record<Tool, string>>>

const required: readonly Tool[] = ['wrk', 'taskset', 'chrt']

/** Debian keeps nginx and haproxy in /usr/sbin, which is not in everyone's PATH. */
const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/usr/bin', '/usr/local/bin']

export function findTools (): Tools {
  const found: Partial<Record<Tool, string>> = {}
  for (const tool of Object.keys(packages) as Tool[]) {
    const path = folders.map((folder) => join(folder, tool)).find(isExecutable)
    if (path !== undefined) found[tool] = path
  }
  const missing = required.filter((tool) => found[tool] === undefined)
  if (missing.length > 0) throw new BenchError(missing.map(howToInstall).join('\n'))
  return found
}

export function howToInstall (tool: Tool): string {
  return `${tool} is not on this machine: apt-get install ${packages[tool]}`
}

function isExecutable (path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
