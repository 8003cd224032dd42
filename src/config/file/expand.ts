import { textOf, type Path } from './document.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What a file says when the environment is filled in. */
export interface Expanded {
  readonly content: unknown
  /** Paths of values that hold something of the environment, as `textOf` writes them, with the text in the file. */
  readonly originals: ReadonlyMap<string, string>
  /** Variables that are not set, and where they are asked for. */
  readonly unset: ReadonlyArray<{ readonly path: Path, readonly name: string }>
}

/** A variable, or a dollar sign that is one: `$${NAME}` is the text `${NAME}`. */
const pattern = /\$\$(?=\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** Replaces `${NAME}` in values, never in keys. That comes after parsing, so that no variable can add structure. */
export function expand (content: unknown, env: Environment): Expanded {
  const originals = new Map<string, string>()
  const unset: Array<{ path: Path, name: string }> = []

  function walk (value: unknown, path: Path): unknown {
    if (Array.isArray(value)) return value.map((item, i) => walk(item, [...path, i]))
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]))
    }
    if (typeof value !== 'string' || !value.includes('${')) return value
    return value.replace(pattern, (found, name: string | undefined) => {
      if (name === undefined) return '$'
      originals.set(textOf(path), value)
      const text = env[name]
      if (text === undefined) unset.push({ path, name })
      return text ?? found
    })
  }

  return { content: walk(content, []), originals, unset }
}
