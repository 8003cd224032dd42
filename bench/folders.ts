import { join } from 'node:path'

/** The repository, seen from dist/bench/. */
export const projectFolder = join(import.meta.dirname, '..', '..')

/** The sources of the benchmark, where its package.json and node_modules are. */
export const benchFolder = join(projectFolder, 'bench')
