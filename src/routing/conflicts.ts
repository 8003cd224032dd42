import type { MatchView } from '../http/match-view.ts'
import { describeMatch } from './match.ts'

/** Something about one of several matches, by its index, that its author should hear. */
export interface MatchFinding {
  readonly index: number
  /** The one that it collides with. */
  readonly other: number
  readonly isError: boolean
  readonly message: string
}

/**
 * Matches that are the same, which is an error; and those that can never be chosen, or not where they look as if they could. `nameOf`
 * says how the other one is called.
 */
export function findConflicts (matches: readonly MatchView[], nameOf: (index: number) => string): MatchFinding[] {
  const findings: MatchFinding[] = []
  const byPlace = new Map<string, number[]>()
  for (const [index, match] of matches.entries()) {
    for (const host of hostsOf(match)) {
      const place = `${host} ${match.isExact} ${match.path} ${demandsOf(match)}`
      const before = byPlace.get(place) ?? []
      byPlace.set(place, [...before, index])
      for (const other of before) {
        const where = host === '' ? '' : ` on ${host}`
        if (methodsOf(match) === methodsOf(matches[other]!)) {
          findings.push({ index, other, isError: true, message: `matches the same requests as ${nameOf(other)}${where}` })
        } else if (covers(matches[other]!, match)) {
          const message = `can never match${where}: ${nameOf(other)} stands before it and takes all of its methods`
          findings.push({ index, other, isError: false, message })
        }
      }
    }
  }
  return [...unique(findings), ...hiddenWithoutHost(matches, nameOf)]
}

/** The text by which two matches are the same. */
export function identityOf (match: MatchView): string {
  return `${[...match.hosts].sort().join()} ${match.isExact} ${match.path} ${methodsOf(match)} ${demandsOf(match)}`
}

/** A host goes before a path: where a host takes a whole prefix, routes without a host that are more specific are never asked. */
function hiddenWithoutHost (matches: readonly MatchView[], nameOf: (index: number) => string): MatchFinding[] {
  const prefixes = new Map<string, number[]>()
  for (const [index, match] of matches.entries()) {
    if (match.hosts.length === 0 || !isUnconditional(match)) continue
    const indexes = prefixes.get(match.path)
    if (indexes === undefined) prefixes.set(match.path, [index])
    else indexes.push(index)
  }
  return [...matches.entries()].filter(([, { hosts }]) => hosts.length === 0).flatMap(([index, match]) => {
    const hiding = shorterPrefixesOf(match.path).flatMap((prefix) => prefixes.get(prefix) ?? [])
    const [first] = hiding
    if (first === undefined) return []
    const hosts = [...new Set(hiding.flatMap((other) => matches[other]!.hosts))]
    const named = hosts.length > 3 ? `${hosts.slice(0, 3).join(', ')} and ${hosts.length - 3} more` : hosts.join(', ')
    const { path } = matches[first]!
    const what = path === '/' ? 'every path' : `every path below ${path}`
    const message = `${describeMatch(match)} has no host and is hidden on ${named}, where ${nameOf(first)} takes ${what}`
    return [{ index, other: first, isError: false, message }]
  })
}

/** `/a/b/c` has `/`, `/a` and `/a/b`. */
function shorterPrefixesOf (path: string): string[] {
  if (path === '/') return []
  const segments = path.split('/')
  return segments.slice(1).map((_, i) => segments.slice(0, i + 1).join('/') || '/')
}

function isUnconditional ({ isExact, methods, headers, cookies }: MatchView): boolean {
  return !isExact && methods.length === 0 && Object.keys(headers).length === 0 && Object.keys(cookies).length === 0
}

function covers (other: MatchView, match: MatchView): boolean {
  return match.methods.length > 0 && match.methods.every((method) => other.methods.includes(method))
}

/** `''` stands for any host. */
export function hostsOf ({ hosts }: MatchView): readonly string[] {
  return hosts.length === 0 ? [''] : hosts
}

function methodsOf ({ methods }: MatchView): string {
  return [...methods].sort().join()
}

function demandsOf ({ headers, cookies }: MatchView): string {
  const sorted = (of: Readonly<Record<string, string>>): string => JSON.stringify(Object.entries(of).sort(([a], [b]) => a < b ? -1 : 1))
  return `${sorted(headers)} ${sorted(cookies)}`
}

/** A pair of routes may meet on many hosts. */
function unique (findings: readonly MatchFinding[]): MatchFinding[] {
  const seen = new Set<string>()
  return findings.filter(({ index, other, isError }) => {
    const key = `${index} ${other} ${isError}`
    return !seen.has(key) && seen.add(key)
  })
}
