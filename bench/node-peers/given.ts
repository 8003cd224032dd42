import { createRequire } from 'node:module'
import { join } from 'node:path'
import { benchFolder } from '../folders.ts'

interface Given {
  readonly port: number
  readonly backends: readonly string[]
}

const { port, backends } = JSON.parse(process.argv[2] ?? '{}') as Given

export const givenPort = port
export const givenHost = '127.0.0.1'

/** Longer than any run: an idle connection that is closed would be another measurement. */
export const keepAliveMs = 300_000

let turn = 0

/** `address:port`, round robin. */
export function nextBackend (): string {
  turn = turn + 1 < backends.length ? turn + 1 : 0
  return backends[turn] ?? ''
}

const targets = backends.map((backend) => `http://${backend}`)

/** The same as a URL; the strings are made once. */
export function nextTarget (): string {
  turn = turn + 1 < targets.length ? turn + 1 : 0
  return targets[turn] ?? ''
}

const requireFromBench = createRequire(join(benchFolder, 'package.json'))

/**
 * A package of bench/node_modules. The main project knows neither these packages nor their types, so that it builds
 * without them; each peer says which part it uses.
 */
export function load<T> (name: string): T {
  return requireFromBench(name) as T
}
