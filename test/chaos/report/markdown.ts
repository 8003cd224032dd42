import type { Result } from '../run.ts'
import type { Figure } from '../scenarios/scenario.ts'
import { goalInWords, isMissed, valueInWords } from './words.ts'

export interface ReportRow {
  readonly title: string
  readonly story: string
  /** In the order of the peers. */
  readonly results: readonly Result[]
}

export interface Report {
  readonly date: string
  readonly machine: string
  /** The titles of the peers with their versions. */
  readonly peers: ReadonlyArray<{ readonly title: string, readonly version: string }>
  readonly rows: readonly ReportRow[]
}

/** A section and a table for each scenario; what misses what is wanted of Evenkeel is bold. */
export function renderReport ({ date, machine, peers, rows }: Report): string {
  return `# What happens when backends fail

Three backends behind a gateway, 32 clients that keep their connections, and something goes wrong: \`npm run chaos\` does it to
Evenkeel, and beside it to nginx, HAProxy and Caddy where they are installed. Backends, gateway and clients are processes of
their own; an answer takes a backend 20 ms. Each answer is held, byte for byte, against the request that it should belong to,
and backends write down each POST before they answer it, so that a second execution shows even after a SIGKILL.

\`\`\`console
$ npm run chaos -- --markdown docs/reliability.md
$ npm run chaos -- --scenario freeze,brown-out --peer evenkeel
$ npm run chaos -- --short      # what CI runs
\`\`\`

All have the same task: checks every 2 s (time limit 1 s, three failures take a backend out, two passes bring it back), a backend
that fails 5 requests is taken out for 10 s, failed GETs are repeated at another backend, POSTs only if they were not sent. How each
is told so is in \`test/chaos/peers/\`. What they do not have: nginx has no active checks (it has them in the commercial edition), so it
learns from failed requests alone, and where backends fail by turns it soon has taken out all of them (told never to take one out,
\`max_fails=0\`, it lost no GET in "kill", but then it would not notice a brown-out); Caddy ${versionOf(peers, 'Caddy')} takes a backend out after one failed check and brings it back after one passed;
HAProxy and Caddy watch answers for errors in the brown-out only, since in the other scenarios they do better without; HAProxy
marks a backend down then until two checks have passed. nginx repeats a GET that was answered with 500; the others pass the 500 on.

"Wanted" is what is asked of Evenkeel; what misses it is **bold**. A dash: there is no such strategy.
One run on ${machine}, ${date}; times vary from run to run. ${peers.map(({ title, version }) => `${title} ${version}`).join(', ')}.

${rows.map((row) => renderRow(row, peers.map(({ title }) => title))).join('\n')}`
}

function versionOf (peers: Report['peers'], wanted: string): string {
  return peers.find(({ title }) => title === wanted)?.version ?? ''
}

function renderRow ({ title, story, results }: ReportRow, peers: readonly string[]): string {
  const whats = new Map<string, Figure>()
  for (const figure of results.flatMap(figuresOf)) if (!whats.has(figure.what)) whats.set(figure.what, figure)
  const lines = [...whats.values()].map((figure) => {
    const cells = results.map((result) => cellOf(result, figure.what))
    return `| ${[figure.what, goalInWords(figure), ...cells].join(' | ')} |`
  })
  const reasons = results.flatMap((result, index) => result.kind === 'broke' ? [`${peers[index]}: ${result.why}\n`] : [])
  const head = `| | wanted | ${peers.join(' | ')} |\n|---|--:|${peers.map(() => '--:|').join('')}`
  return [`## ${title[0]?.toUpperCase()}${title.slice(1)}\n`, `${story}\n`, head, ...lines, '', ...reasons].join('\n')
}

function cellOf (result: Result, what: string): string {
  if (result.kind === 'not-offered') return '–'
  if (result.kind === 'broke') return 'broke'
  const figure = result.figures.find((figure) => figure.what === what)
  if (figure === undefined) return ''
  return isMissed(figure) ? `**${valueInWords(figure)}**` : valueInWords(figure)
}

function figuresOf (result: Result): readonly Figure[] {
  return result.kind === 'figures' ? result.figures : []
}
