import { parseArgs } from 'node:util'
import { settingNames } from './config/schema.ts'

/** The parsed command line. */
export type Command =
  | {
    readonly type: 'run' | 'check'
    readonly envFile: string | undefined
    readonly plugins: readonly string[]
    /** Takes the place of CONFIG_FILE. */
    readonly configFile?: string
    /** A request, such as `GET shop.example.com/api`, whose route is asked for. */
    readonly explain?: string
    /** Lines such as `cookie: beta=1`, which that request has. */
    readonly headers?: readonly string[]
  }
  | { readonly type: 'help' | 'version' }
  | { readonly type: 'wrong', readonly problem: string }

export const helpText = `Usage: evenkeel [options]

Evenkeel is a load-balancing gateway. Configure it with environment variables or a .env file in the current folder:

  BACKENDS='http://10.0.0.1:3000,http://10.0.0.2:3000;weight=2' evenkeel

Options:
  --check [FILE]     read all settings and the configuration file, print what would run, and exit with 0 or 1
  --explain REQUEST  with --check: print the route of a request such as 'GET shop.example.com/api', and why not the others
  --header LINE      with --explain: a header of that request, such as 'cookie: beta=1'; repeatable
  --env-file FILE    read settings from FILE instead of .env; environment variables take precedence
  --plugin FILE      add a Fastify plugin of your own; repeatable
  -h, --help         show this text
  -v, --version      show the version

All settings: .env.example and docs/settings.md in the package.
`

const options = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  check: { type: 'boolean' },
  explain: { type: 'string' },
  header: { type: 'string', multiple: true },
  'env-file': { type: 'string' },
  plugin: { type: 'string', multiple: true }
} as const

/** Parses the arguments of the program; anything unknown is an error and never ignored. */
export function readCommand (args: readonly string[]): Command {
  const { tokens, values, positionals } = parseArgs({ args: [...args], options, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (values.check === true && positionals.length === 1) continue
      return wrong(`there is no command "${token.value}"`)
    }
    if (token.kind === 'option-terminator') continue
    const option = Object.hasOwn(options, token.name) ? options[token.name as keyof typeof options] : undefined
    if (option === undefined) return wrong(`there is no option ${token.rawName}${settingHint(token.name, token.value)}`)
    if (option.type === 'boolean' && token.value !== undefined) return wrong(`the option ${token.rawName} takes no value`)
    if (option.type === 'string' && /^(?:-|$)/.test(token.value ?? '')) {
      return wrong(`the option ${token.rawName} needs a ${needs[token.name] ?? 'file'}`)
    }
  }
  if (tokens.filter((token) => token.kind === 'option' && token.name === 'env-file').length > 1) {
    return wrong('the option --env-file is given twice')
  }
  if (values.help === true) return { type: 'help' }
  if (values.version === true) return { type: 'version' }
  if (values.explain !== undefined && values.check !== true) return wrong('the option --explain goes with --check')
  if (values.header !== undefined && values.explain === undefined) return wrong('the option --header goes with --explain')
  const plugins = Array.isArray(values.plugin) ? values.plugin.map(String) : []
  const [configFile] = positionals
  return {
    type: values.check === true ? 'check' : 'run',
    envFile: values['env-file'] as string | undefined,
    plugins,
    ...(configFile !== undefined && { configFile }),
    ...(values.explain !== undefined && { explain: String(values.explain) }),
    ...(Array.isArray(values.header) && { headers: values.header.map(String) })
  }
}

const needs: Readonly<Record<string, string>> = { explain: 'request', header: 'line such as \'cookie: beta=1\'' }

function wrong (problem: string): Command {
  return { type: 'wrong', problem }
}

/** A hint for users who expect options such as `--port`. */
function settingHint (name: string, value: string | undefined): string {
  const setting = name.toUpperCase().replaceAll('-', '_')
  return (settingNames as readonly string[]).includes(setting)
    ? `; set the environment variable ${setting}${value === undefined ? '' : `=${value}`} instead`
    : ''
}
