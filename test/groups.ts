import { readdirSync } from 'node:fs'

/** One process of a test run, and the files that it runs one after the other, as paths in dist/test/. */
export interface Group {
  readonly name: string
  readonly files: readonly string[]
}

/** The groups have to be of a size, or the last one keeps all but one core waiting. */
const maxFiles = 12

/** Their tests start processes, and wait for them for most of their time: as one process they would take long. */
const waiting = /^(?:process|real|supervisor)\//

/** All test files, as paths in dist/test/. */
export function testFiles (): string[] {
  return readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.js')).sort()
}

/**
 * Spreads test files over processes. To load the gateway takes a process half a second, more than most files take to run, so the files of
 * a folder share one, and the modules and the compiled code in it.
 */
export function groupsOf (files: readonly string[]): Group[] {
  const folders = new Map<string, string[]>()
  for (const file of files) {
    const name = (waiting.test(file) ? file.replace(/\.test\.js$/, '') : file.slice(0, file.lastIndexOf('/'))).replaceAll('/', '.')
    folders.set(name, [...folders.get(name) ?? [], file])
  }
  return [...folders].flatMap(([name, files]) => {
    const count = Math.ceil(files.length / maxFiles)
    return Array.from({ length: count }, (_, number) => ({
      name: `${name}.${number + 1}`,
      files: files.filter((_, at) => at % count === number)
    }))
  })
}
