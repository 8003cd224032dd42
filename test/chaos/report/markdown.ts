import type { Result } from '../run.ts'
import type { Figure } from '../scenarios/scenario.ts'
import { goalInWords, isMissed, valueInWords, wrapped } from './words.ts'

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
  const versions = peers.map(({ title, version }) => `${title} ${version}`).join(', ')
  return `# What happens when backends fail

Three backends behind a gateway, 32 clients that keep their connections open, and then something goes wrong: \`npm run chaos\`
does this to Evenkeel and, if they are installed, to nginx, HAProxy and Caddy. Backends, gateway and clients are separate
processes; a backend takes 20 ms to respond. Each response is compared byte for byte with the one that its request should
get, and backends record each POST before they respond, so that a second execution is noticed even after a SIGKILL.

Equal shares of the clients come by HTTP/1.1 (\`h1\`), HTTP/1.1 with TLS (\`h1-tls\`), HTTP/2 with TLS (\`h2-tls\`) and, with Evenkeel,
HTTP/2 without TLS (\`h2c\`); those of HTTP/2 share a connection for each of the two. With Evenkeel, the second of the three backends
speaks HTTP/2 (\`h2c:\`); the others, and all of its peers', speak HTTP/1.1. What is wanted is the same by every protocol. Where a
figure has parts, they tell by which protocol how much of it came.

\`\`\`console
$ npm run chaos -- --markdown docs/reliability.md
$ npm run chaos -- --scenario freeze,brown-out --peer evenkeel
$ npm run chaos -- --short      # what CI runs
$ WORKERS=2 npm run chaos -- --peer evenkeel
\`\`\`

All are configured alike: checks every 2 s (timeout 1 s; three failures take a backend out, two passes bring it back), a
backend that fails 5 requests is taken out for 10 s, failed GETs are retried at another backend, and POSTs only if they were
not sent. The configurations are in \`test/chaos/peers/\`. They differ as follows:

- nginx has no active checks (they are in the commercial edition), so it only learns from failed requests; if backends fail
  one after the other, it has soon taken out all of them. With \`max_fails=0\` it never takes one out: then it lost no GET in
  "kill", but would not notice a brown-out. nginx retries a GET that got 500; the others pass the 500 on.
- Caddy ${versionOf(peers, 'Caddy')} takes a backend out after one failed check and brings it back after one passed check.
- HAProxy and Caddy watch responses for errors only in the brown-out, because they do better without it in the other
  scenarios; HAProxy then marks a backend down until two checks have passed.

"Wanted" is the goal set for Evenkeel; figures that miss it are **bold**. A dash means that there is no such strategy.
${wrapped(`One run on ${machine}, ${date}; times vary from run to run. ${versions}.`)}

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
  return [`## ${title[0]?.toUpperCase()}${title.slice(1)}\n`, `${wrapped(story)}\n`, head, ...lines, '', ...reasons].join('\n')
}

function cellOf (result: Result, what: string): string {
  if (result.kind === 'not-offered') return '–'
  if (result.kind === 'broke') return 'broke'
  const figure = result.figures.find((figure) => figure.what === what)
  if (figure === undefined) return ''
  const value = isMissed(figure) ? `**${valueInWords(figure)}**` : valueInWords(figure)
  return figure.parts === undefined || figure.parts === '' ? value : `${value}<br>${figure.parts.replaceAll(', ', '<br>')}`
}

function figuresOf (result: Result): readonly Figure[] {
  return result.kind === 'figures' ? result.figures : []
}
