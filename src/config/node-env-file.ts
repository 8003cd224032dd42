import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The environment as it was before Node.js read `--env-file FILE` into it, which it does wherever that stands on the command
 * line, by a grammar that skips what it does not understand: our own reader is the one that counts.
 */
export function withoutNodeEnvFile (env: Environment, file: string): Environment {
  const loaded = parseEnv(readFileSync(file, 'utf8'))
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => loaded[name] !== value))
}
