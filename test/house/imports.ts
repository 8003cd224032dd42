import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Seen from dist/test/house/. */
export const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The TypeScript files in these folders, as paths from the root. */
export function filesIn (...folders: string[]): string[] {
  return folders.flatMap((folder) => readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules/'))
    .map((name) => `${folder}/${name}`))
}

export function read (file: string): string {
  return readFileSync(`${root}${file}`, 'utf8')
}

/** What a source text imports, types and `import()` included: relative paths, `node:http`, names of packages. */
export function specifiersOf (source: string): string[] {
  return [...source.matchAll(/^(?:import|export)\b[^'"]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm)]
    .map(([, from, bare, dynamic]) => (from ?? bare ?? dynamic) as string)
}

/** The files of the project that each of these files imports. */
export function importsOf (files: readonly string[]): Map<string, string[]> {
  return new Map(files.map((file) => [file, specifiersOf(read(file))
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => normalize(join(dirname(file), specifier)))]))
}

/** The files that import themselves through others: a circle is what a depth-first search meets again on its own way. */
export function filesInCircles (imports: ReadonlyMap<string, readonly string[]>): string[] {
  return [...imports.keys()].filter((file) => reaches(file, file, imports))
}

function reaches (from: string, target: string, imports: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>()
  const ahead = [...imports.get(from) ?? []]
  for (let file = ahead.pop(); file !== undefined; file = ahead.pop()) {
    if (file === target) return true
    if (seen.has(file)) continue
    seen.add(file)
    ahead.push(...imports.get(file) ?? [])
  }
  return false
}
