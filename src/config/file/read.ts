import { remembered } from '../../base/remembered.ts'
import { readDocument, textOf, type FileProblem, type Path, type Position } from './document.ts'
import { expand, type Expanded } from './expand.ts'
import { fileSchemaFor, type ConfigFile } from './schema.ts'
import { remarksOn, sentenceOf, type FileSurroundings } from './semantics.ts'
import { createValidator, type Violation } from './validate.ts'

export interface FileReaderOptions extends FileSurroundings {
  /** The choices for `balancer`. */
  readonly strategies: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A file that can be used. */
export interface ReadFile {
  readonly config: ConfigFile
  readonly warnings: readonly FileProblem[]
  /** For what others find in it; `what`: whether the key or the value is meant. */
  problemAt (path: Path, message: string, what?: 'key' | 'value'): FileProblem
  positionOf (path: Path): Position
  /** What it says, with its secrets and everything that came from the environment masked. */
  readonly masked: unknown
}

/** Made when the first text is read, and once for the same strategies: it costs more than all that a small file is read with. */
const validatorFor = remembered((strategies: string) => createValidator(fileSchemaFor(strategies.split(','))))

/** Reads the text of a configuration file; returns all that is wrong with it where it cannot be used. */
export function createFileReader (options: FileReaderOptions): (text: string) => ReadFile | { readonly problems: FileProblem[] } {
  return (text) => {
    const validate = validatorFor(options.strategies.join(','))
    const document = readDocument(text)
    if (Array.isArray(document)) return { problems: document }
    const problemAt = (path: Path, message: string, what: 'key' | 'value' = 'value'): FileProblem =>
      ({ ...document.positionOf(path, what), message: sentenceOf(path, message) })
    const expanded = expand(withoutEmpty(document.content), options.env)
    if (expanded.unset.length > 0) {
      const problems = expanded.unset.map(({ path, name }) => problemAt(path, `needs the environment variable ${name}, which is not set`))
      return { problems }
    }
    const isSecret = (path: string): boolean => expanded.originals.has(path) || path.endsWith('.secret')
    let { content } = expanded
    let violations = validate(content, isSecret)
    if (violations.some((violation) => mayBeConverted(violation, expanded))) {
      content = converted(content, violations.filter((violation) => mayBeConverted(violation, expanded)))
      violations = validate(content, isSecret)
    }
    if (violations.length > 0) {
      return { problems: inOrder(violations.map(({ path, isKey, message }) => problemAt(path, message, isKey ? 'key' : 'value'))) }
    }
    const config = content as ConfigFile
    const remarks = remarksOn(config, options)
      .map(({ path, isKey = false, isWarning = false, message }) =>
        ({ isWarning, problem: problemAt(path, message, isKey ? 'key' : 'value') }))
    const problems = remarks.filter(({ isWarning }) => !isWarning).map(({ problem }) => problem)
    if (problems.length > 0) return { problems: inOrder(problems) }
    return {
      config,
      warnings: remarks.map(({ problem }) => problem),
      problemAt,
      positionOf: (path) => document.positionOf(path),
      masked: mask(config, [], expanded.originals)
    }
  }
}

/** `services: { search: }` is a service of which nothing is said, and `routes:` alone no routes. */
function withoutEmpty (content: unknown): unknown {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return content
  const sections = Object.fromEntries(Object.entries(content).filter(([, section]) => section !== null)) as Record<string, unknown>
  const { services } = sections
  if (typeof services !== 'object' || services === null || Array.isArray(services)) return sections
  return { ...sections, services: Object.fromEntries(Object.entries(services).map(([name, service]) => [name, service ?? {}])) }
}

/** A variable is a text, also where a number or a truth value is wanted and the whole value is one variable. */
function mayBeConverted ({ path, wanted }: Violation, { originals }: Expanded): boolean {
  const original = originals.get(textOf(path))
  return original !== undefined && /^\$\{\w+\}$/.test(original) && (wanted === 'integer' || wanted === 'boolean')
}

type Keyed = Record<string | number, unknown>

function converted (content: unknown, violations: readonly Violation[]): unknown {
  const copy = structuredClone(content)
  for (const { path, wanted } of violations) {
    const last = path.at(-1) as string | number
    const parent = path.slice(0, -1).reduce((value, key) => value[key] as Keyed, copy as Keyed)
    const text = String(parent[last])
    if (wanted === 'integer' && /^-?\d+$/.test(text)) parent[last] = Number(text)
    else if (wanted === 'boolean' && /^(?:true|false)$/.test(text)) parent[last] = text === 'true'
  }
  return copy
}

function mask (value: unknown, path: Path, originals: Expanded['originals']): unknown {
  const original = originals.get(textOf(path))
  if (original !== undefined) return original
  if (Array.isArray(value)) return value.map((item, i) => mask(item, [...path, i], originals))
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    return Object.fromEntries(entries.map(([key, item]) => [key, key === 'secret' ? '(hidden)' : mask(item, [...path, key], originals)]))
  }
  return value
}

/** As they stand in the file. */
export function inOrder (problems: readonly FileProblem[]): FileProblem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column)
}

/** `evenkeel.yaml:14:7: routes[2].paht is not known`. */
export function lineOf (fileName: string, { line, column, message }: FileProblem): string {
  return `${fileName}:${line}:${column}: ${message}`
}
