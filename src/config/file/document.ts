import { isAlias, isMap, isPair, isScalar, parseDocument, type Document, type Node } from 'yaml'

/** Where something stands, counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

export type Path = ReadonlyArray<string | number>

/** Something about the file that its author should hear. */
export interface FileProblem extends Position {
  readonly message: string
}

/** A file that was read: what it says, and where it says it. */
export interface FileDocument {
  readonly content: unknown
  /** Of the value at this path, or of its key; where there is neither, of what is nearest around it. */
  positionOf (path: Path, what?: 'key' | 'value'): Position
}

/** Reads YAML 1.2, which JSON is a part of. */
export function readDocument (text: string): FileDocument | FileProblem[] {
  const document = parseDocument(text, { prettyErrors: false, version: '1.2' })
  const at = (offset: number): Position => {
    // The package's own counter misses line ends inside of what it cannot read.
    const before = text.slice(0, offset).split('\n')
    return { line: before.length, column: (before.at(-1) as string).length + 1 }
  }
  const problems = [...document.errors, ...document.warnings]
    .map(({ message, pos: [offset] }) => ({ ...at(offset), message: plain(message) }))
  if (problems.length > 0) return problems
  try {
    // A file of nothing but comments says nothing.
    return { content: document.toJS() ?? {}, positionOf: (path, what = 'value') => at(offsetOf(document, path, what)) }
  } catch (error) {
    return [{ line: 1, column: 1, message: plain((error as Error).message) }]
  }
}

/** `routes[2].path`, as people write it. */
export function textOf (path: Path): string {
  const parts = path.map((key) => typeof key === 'number' ? `[${key}]` : /^[\w$-]+$/.test(key) ? `.${key}` : `["${key}"]`)
  return parts.join('').replace(/^\./, '')
}

function offsetOf (document: Document.Parsed, path: Path, what: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const [i, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && keyOf(item.key) === String(key))
      if (pair === undefined) return offset
      const isLast = i === path.length - 1
      offset = (isLast && what === 'key' ? startOf(pair.key) : startOf(pair.value) ?? startOf(pair.key)) ?? offset
      node = pair.value
    } else {
      node = (node as { get?: (key: unknown, keepScalar: boolean) => unknown } | null)?.get?.(key, true)
      const start = startOf(node)
      if (start === undefined) return offset
      offset = start
    }
  }
  return offset
}

function keyOf (key: unknown): string {
  return String(isScalar(key) ? key.value : key)
}

function startOf (node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0]
}

/** One line. */
function plain (message: string): string {
  return message.replace(/\s+/g, ' ')
}
