import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { BenchError } from './bench-error.ts'
import { projectFolder } from './folders.ts'
import { isPeerName, peers, type PeerName } from './peers/peers.ts'
import { isScenarioName, scenarios, scenariosOf, type ScenarioName } from './run/scenarios.ts'

export interface Options {
  readonly help: boolean
  readonly profile: boolean
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly scenarios: readonly ScenarioName[]
  readonly peers: readonly PeerName[]
  readonly gateway: string
  readonly jsonFile?: string
  readonly markdownFile?: string
}

export const usage = `npm run bench -- [options]

  --edge              the rows of TLS and HTTP/2 at the edge, instead of the others
  --quick             two rounds with windows of one second: to see that it works, not to quote
  --rounds N          rounds, 4 unless told
  --seconds N         seconds of each measured window, 3 unless told
  --scenario a,b      only these: ${Object.keys(scenarios).join(', ')}
  --peer a,b          only these: ${Object.keys(peers).join(', ')}
  --json FILE         every sample, for a machine
  --markdown FILE     the tables, for docs/benchmarks.md
  --gateway FILE      another server.js than dist/src/server.js
  --profile           a CPU profile of ours with small responses, instead of the benchmark`

export function readOptions (argv: string[]): Options {
  const { values } = parse(argv)
  const quick = values.quick === true
  return {
    help: values.help === true,
    profile: values.profile === true,
    rounds: positive('rounds', values.rounds ?? (quick ? '2' : '4')),
    seconds: positive('seconds', values.seconds ?? (quick ? '1' : '3')),
    warmUpSeconds: quick ? 1 : 2,
    scenarios: chosen('scenario', values.scenario ?? scenariosOf(values.edge === true).join(','), Object.keys(scenarios), isScenarioName),
    peers: chosen('peer', values.peer, Object.keys(peers), isPeerName),
    gateway: resolve(values.gateway ?? join(projectFolder, 'dist', 'src', 'server.js')),
    ...values.json === undefined ? {} : { jsonFile: resolve(values.json) },
    ...values.markdown === undefined ? {} : { markdownFile: resolve(values.markdown) }
  }
}

function parse (argv: string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: argv,
      options: {
        help: flag,
        edge: flag,
        quick: flag,
        profile: flag,
        rounds: text,
        seconds: text,
        scenario: text,
        peer: text,
        json: text,
        markdown: text,
        gateway: text
      }
    })
  } catch (error) {
    throw new BenchError(`${(error as Error).message}\n\n${usage}`)
  }
}

function positive (name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new BenchError(`--${name} ${text}: a whole number from 1 on is needed`)
  return value
}

function chosen<T extends string> (
  option: string,
  text: string | undefined,
  all: readonly string[],
  isKnown: (name: string) => name is T
): T[] {
  const names = text?.split(',') ?? all
  return names.map((name) => {
    if (!isKnown(name)) throw new BenchError(`--${option} ${name}: there is ${all.join(', ')}`)
    return name
  })
}
