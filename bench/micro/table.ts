import { Fields } from '../../src/http/fields.ts'
import type { RequestHead } from '../../src/http/heads.ts'
import { readMatch, type MatchSpec } from '../../src/routing/match.ts'
import type { MatchView } from '../../src/http/match-view.ts'
import { RoutingTable, type TableEntry } from '../../src/routing/table.ts'

/**
 * What a lookup in a table of 10 000 routes over 1000 hosts costs, in time and in bytes of the heap.
 *
 *     node --expose-gc --max-semi-space-size=64 dist/bench/micro/table.js [rounds]
 */

const rounds = Number(process.argv[2] ?? 25)
const lookups = 20_000
const hosts = Array.from({ length: 1000 }, (_, i) => `shop-${i}.example.com`)
const paths = ['/', '/api', '/api/v1', '/api/v1/orders', '/assets', '/account', '/search', '/cart', '/admin/users', '/status']

function entries (): Array<TableEntry<number>> {
  return hosts.flatMap((host, i) => paths.map((path, k) => ({ match: matchOf({ host, path }), value: i * paths.length + k })))
}

function matchOf (spec: MatchSpec): MatchView {
  const match = readMatch(spec)
  if (Array.isArray(match)) throw new Error(JSON.stringify(match))
  return match as MatchView
}

/** Heads as they come from sockets: no two share a string. */
function headsFor (pathOf: (i: number) => string, hostOf: (i: number) => string): RequestHead[] {
  return Array.from({ length: 4096 }, (_, i) => ({
    method: 'GET',
    target: fresh(pathOf(i)),
    version: '1.1',
    host: fresh(hostOf((i * 617) % hosts.length)),
    fields: Fields.from([]),
    isMalformed: false
  }))
}

function fresh (text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

const plain = (i: number): string => hosts[i]!
const cases: Record<string, RequestHead[]> = {
  'deepest prefix': headsFor((i) => `/api/v1/orders/${i}?page=2`, plain),
  'every path of the host': headsFor((i) => `/nothing/of/that/kind/${i}`, plain),
  'host with capitals and port': headsFor((i) => `/cart/${i}`, (i) => `SHOP-${i}.Example.com:8080`),
  'no route': headsFor((i) => `/x/${i}`, (i) => `other-${i}.test`),
  '4000 slashes': headsFor((i) => `/api${'/a'.repeat(4000)}/${i}`, plain),
  'escape, one route': headsFor((i) => `/search/a%2Fb-${i}`, plain),
  'dots, ambiguous': headsFor((i) => `/api/../admin/users/${i}`, plain),
  'all kinds, ambiguous': headsFor((i) => `/api;v=1/..%2fadmin//users/${i}`, plain)
}

const matched = entries()
const compileTimes = Array.from({ length: rounds }, () => timed(() => new RoutingTable(matched)) / 1e6)
console.log(`compile ${matched.length} routes: median ${median(compileTimes).toFixed(1)} ms, first ${compileTimes[0]!.toFixed(1)} ms`)

const table = new RoutingTable(matched)
let sink = 0
for (const [name, heads] of Object.entries(cases)) {
  const times = Array.from({ length: rounds }, () => timed(() => look(heads)) / lookups)
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  look(heads)
  const bytes = (process.memoryUsage().heapUsed - before) / lookups
  console.log(`${name.padEnd(28)} median ${median(times).toFixed(0).padStart(6)} ns, ${bytes.toFixed(0).padStart(6)} bytes`)
}
if (sink === 0) throw new Error('nothing was found')

function look (heads: readonly RequestHead[]): void {
  for (let i = 0; i < lookups; i++) if (table.find(heads[i & 4095]!) !== undefined) sink++
}

function timed (work: () => unknown): number {
  const startedAt = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - startedAt)
}

function median (values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}
