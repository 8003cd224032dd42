import { readFileSync } from 'node:fs'
import { parseEnvFile } from './env-file.ts'
import { nearestName } from './near-names.ts'
import { OperatorError } from './operator-error.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface RawSettings {
  /** By name, without blanks around the values. */
  readonly values: Readonly<Record<string, string>>
  /** Environment variables that look like a setting with a typing error, each with the setting that was meant. */
  readonly suspects: ReadonlyArray<{ readonly variable: string, readonly setting: string }>
}

/** Docker Compose reads its own variables from the same file. */
const foreign = /^(?:COMPOSE|DOCKER)_/

/**
 * The settings as they were written, in the environment and in a file that loses to it and may be absent. Throws an
 * `OperatorError` that names the line when the file cannot be read, or sets what is no setting.
 */
export function readRawSettings (names: readonly string[], env: Environment, envFile: string | undefined): RawSettings {
  const known = new Set(names)
  const values: Record<string, string> = {}
  for (const { name, value, line } of envFile === undefined ? [] : readEnvFile(envFile)) {
    if (known.has(name)) values[name] = value.trim()
    else if (!foreign.test(name)) throw new OperatorError(`${envFile}:${line}: there is no ${shown(name)}${suggestion(nearestName(name, names))}`)
  }
  const suspects: Array<{ variable: string, setting: string }> = []
  for (const [variable, value] of Object.entries(env)) {
    if (value === undefined) continue
    if (known.has(variable)) values[variable] = value.trim()
    else if (!foreign.test(variable)) {
      const setting = nearestName(variable, names)
      if (setting !== undefined) suspects.push({ variable, setting })
    }
  }
  return { values, suspects }
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

/** What is not written as settings are may be a part of a secret that was broken over two lines. */
function shown (name: string): string {
  return /^[A-Z][A-Z0-9_]*$/.test(name) ? `setting ${name}` : 'such setting'
}

function suggestion (name: string | undefined): string {
  return name === undefined ? '' : `; did you mean ${name}?`
}
