import { parseArgs } from 'node:util'
import { peerNames, type PeerName } from './peers/peers.ts'
import { scenarioNamed, scenarioNames, type ScenarioName } from './scenarios/scenarios.ts'

export const usage = `usage: npm run chaos -- [options]

  --peer a,b        ${peerNames.join(', ')}; all that are on this machine without it
  --scenario a,b    ${scenarioNames.join(', ')}
  --short           the short form for CI: seconds instead of minutes, Evenkeel alone
  --markdown FILE   writes the report, as in docs/reliability.md
  --help

With the environment variable WORKERS, Evenkeel runs as many workers. NEXT_NODE names the Node.js that it goes over to in "upgrade".
KEEP_LOGS leaves the folder with the logs.
The exit code is 1 when Evenkeel misses what is wanted.`

export interface Options {
  readonly peers: readonly PeerName[]
  readonly scenarios: readonly ScenarioName[]
  readonly isShort: boolean
  readonly markdownFile: string | undefined
  readonly help: boolean
}

/** Throws an error with one line for who typed them. */
export function readOptions (args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      peer: { type: 'string' },
      scenario: { type: 'string' },
      short: { type: 'boolean', default: false },
      markdown: { type: 'string' },
      help: { type: 'boolean', default: false }
    }
  })
  return {
    peers: namesIn(values.peer, peerNames, 'peer') ?? (values.short ? ['evenkeel'] : peerNames),
    scenarios: namesIn(values.scenario, scenarioNames, 'scenario') ?? scenarioNames.filter((name) => !values.short || isInShort(name)),
    isShort: values.short,
    markdownFile: values.markdown,
    help: values.help
  }
}

function isInShort (name: ScenarioName): boolean {
  return scenarioNamed(name).isLeftOutOfShort !== true
}

function namesIn<Name extends string> (list: string | undefined, names: readonly Name[], what: string): Name[] | undefined {
  return list?.split(',').map((word) => {
    const name = names.find((name) => name === word)
    if (name === undefined) throw new Error(`no ${what} is called ${word}: ${names.join(', ')}`)
    return name
  })
}
