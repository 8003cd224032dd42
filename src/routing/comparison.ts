import type { RequestHead } from '../http/heads.ts'
import { cookieOf } from './hash-key.ts'
import { hostKey } from './host.ts'
import { isAtOrBelow } from './match.ts'
import { readingsOf } from './readings.ts'
import type { MatchView } from '../http/match-view.ts'
import { pathOf, type RoutingTable, type TableEntry } from './table.ts'

/** A route that was compared with a request, and why it is, or is not, the one. */
export interface Compared<Value> {
  readonly entry: TableEntry<Value>
  readonly isChosen: boolean
  readonly reason: string
}

/** How a routing table judges one request, for people. */
export interface Comparison<Value> {
  readonly result: Value | 'ambiguous' | undefined
  /** How the path can be read besides as it is written. */
  readonly readings: readonly string[]
  /** Those whose host matches: the chosen one first, then those that match but are less specific, then the others. */
  readonly compared: ReadonlyArray<Compared<Value>>
}

/** How many routes are told of at most. */
const most = 50

/** Explains what `table.find` says of this request. */
export function compare<Value> (table: RoutingTable<Value>, head: RequestHead): Comparison<Value> {
  const [path = '', ...readings] = readingsOf(pathOf(head.target))
  const result = table.find(head)
  const asWritten = table.findReading(path, head)
  const chosen = table.entries.find(({ value }) => value === asWritten)
  const host = hostKey(head.host)
  const compared = table.entries
    .filter(({ match }) => hostRank(match, host) > 0)
    .map((entry) => ({ entry, ...judge(entry, head, path, host, result === 'ambiguous' ? undefined : chosen) }))
    .sort((a, b) => b.rank - a.rank)
    .slice(0, most)
    .map(({ entry, rank, reason }) => ({ entry, isChosen: rank === 2, reason }))
  if (result !== 'ambiguous') return { result, readings, compared }
  const withReadings = compared.map((each) => {
    return { ...each, reason: reasonIfAmbiguous(each.entry, table, head, path, readings) ?? each.reason }
  })
  return { result, readings, compared: withReadings }
}

/** 0: does not match; else the more specific, the higher. Any host: 1. */
function hostRank ({ hosts }: MatchView, host: string): number {
  if (hosts.length === 0) return 1
  if (hosts.includes(host)) return Infinity
  const suffixes = hosts.filter((each) => each.startsWith('*.') && host.length > each.length - 1 && host.endsWith(each.slice(1)))
  return Math.max(0, ...suffixes.map(({ length }) => length))
}

function pathMatches ({ path, isExact }: MatchView, asked: string): boolean {
  return isExact ? asked === path : isAtOrBelow(asked, path)
}

function judge<Value> (
  { match, ...entry }: TableEntry<Value>, head: RequestHead, path: string, host: string, chosen: TableEntry<Value> | undefined
): { readonly rank: 0 | 1 | 2, readonly reason: string } {
  if (!pathMatches(match, path)) return { rank: 0, reason: `the path is not ${match.isExact ? 'exactly' : 'at or below'} ${match.path}` }
  if (match.methods.length > 0 && !match.methods.includes(head.method)) {
    return { rank: 0, reason: `the method is not ${match.methods.join(' or ')}` }
  }
  for (const [name, value] of Object.entries(match.headers)) {
    if (head.fields.get(name) !== value) return { rank: 0, reason: `the header ${name} is not "${value}"` }
  }
  for (const [name, value] of Object.entries(match.cookies)) {
    if (cookieOf(head.fields, name) !== value) return { rank: 0, reason: `the cookie ${name} is not "${value}"` }
  }
  if (chosen === undefined) return { rank: 1, reason: 'it matches the path as it is written' }
  if (chosen.value === entry.value) return { rank: 2, reason: 'it matches, and no other that matches is more specific' }
  return { rank: 1, reason: `it matches, but ${whyLess(match, chosen.match, host)}` }
}

function whyLess (match: MatchView, chosen: MatchView, host: string): string {
  if (hostRank(match, host) < hostRank(chosen, host)) return 'the chosen one has a more specific host'
  if (match.path !== chosen.path || match.isExact !== chosen.isExact) return 'the chosen one has a more specific path'
  if (chosen.methods.length > 0 && match.methods.length === 0) {
    return 'the chosen one names the method, which counts before headers and cookies'
  }
  const demands = ({ headers, cookies }: MatchView): number => Object.keys(headers).length + Object.keys(cookies).length
  return demands(match) < demands(chosen) ? 'the chosen one asks for more headers and cookies' : 'the chosen one stands first'
}

function reasonIfAmbiguous<Value> (
  { value }: TableEntry<Value>, table: RoutingTable<Value>, head: RequestHead, path: string, readings: readonly string[]
): string | undefined {
  const to = [path, ...readings].filter((reading) => table.findReading(reading, head) === value)
  return to.length === 0 ? undefined : `the path leads here if it is read as ${to.join(' or ')}`
}
