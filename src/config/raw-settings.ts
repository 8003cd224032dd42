import { readFileSync } from 'node:fs'
import { parseEnvFile } from './env-file.ts'
import { nearestName } from './near-names.ts'
import { OperatorError } from './operator-error.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface RawSettings {
  /** By name, values trimmed. */
  readonly values: Readonly<Record<string, string>>
  /** Where each of these values was said. */
  readonly sources: Readonly<Record<string, 'environment' | 'env-file'>>
  /** Environment variables that look like misspelt settings, each with the setting that was probably meant. */
  readonly suspects: ReadonlyArray<{ readonly variable: string, readonly setting: string }>
}

/** Docker Compose reads its own variables from the same file. */
const foreign = /^(?:COMPOSE|DOCKER)_/

/**
 * The raw settings from the environment and from a file, which may be absent; the environment takes precedence. Throws an
 * `OperatorError` that names the line if the file cannot be read or contains an unknown name.
 */
export function readRawSettings (names: readonly string[], env: Environment, envFile: string | undefined): RawSettings {
  const known = new Set(names)
  const values: Record<string, string> = {}
  const sources: Record<string, 'environment' | 'env-file'> = {}
  for (const { name, value, line } of envFile === undefined ? [] : readEnvFile(envFile)) {
    if (known.has(name)) [values[name], sources[name]] = [value.trim(), 'env-file']
    else if (!foreign.test(name)) {
      throw new OperatorError(`${envFile}:${line}: there is no ${shown(name)}${suggestion(nearestName(name, names))}`)
    }
  }
  const suspects: Array<{ variable: string, setting: string }> = []
  for (const [variable, value] of Object.entries(env)) {
    if (value === undefined) continue
    if (known.has(variable)) [values[variable], sources[variable]] = [value.trim(), 'environment']
    else if (!foreign.test(variable)) {
      const setting = nearestName(variable, names)
      if (setting !== undefined) suspects.push({ variable, setting })
    }
  }
  return { values, sources, suspects }
}

function readEnvFile (path: string): ReturnType<typeof parseEnvFile> {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    throw new OperatorError(`${path}: the file cannot be read: ${message}`)
  }
  return parseEnvFile(bytes, path)
}

/** Text that does not look like a setting may be part of a secret that was split over two lines. */
function shown (name: string): string {
  return /^[A-Z][A-Z0-9_]*$/.test(name) ? `setting ${name}` : 'such setting'
}

function suggestion (name: string | undefined): string {
  return name === undefined ? '' : `; did you mean ${name}?`
}
