import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The environment as it was before Node.js read `--env-file FILE` into it. Node.js does that wherever the option is on the
 * command line, and silently skips invalid lines; our own parser decides.
 */
export function withoutNodeEnvFile (env: Environment, file: string): Environment {
  const loaded = parseEnv(readFileSync(file, 'utf8'))
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => loaded[name] !== value))
}
