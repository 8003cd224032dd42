import type { RequestHead } from '../http/heads.ts'
import { withoutQuery } from '../http/request-target.ts'
import { cookieOf } from './hash-key.ts'
import { hostKey } from './host.ts'
import { eachReading, hasReadings } from './readings.ts'
import type { MatchView } from '../http/match-view.ts'

export interface TableEntry<Value> {
  readonly match: MatchView
  /** What is found by it. */
  readonly value: Value
}

/** What an entry asks of a request besides its host and path. */
interface Candidate<Value> {
  readonly methods: readonly string[]
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly cookies: ReadonlyArray<readonly [name: string, value: string]>
  readonly value: Value
}

/** The entries of one host. Prefixes are kept without the slash at their end, so that the one of all paths is empty. */
interface HostNode<Value> {
  readonly exact: Map<string, Array<Candidate<Value>>>
  readonly prefixes: Map<string, Array<Candidate<Value>>>
  /** How many segments the prefixes have, the most first. */
  depths: number[]
}

/**
 * All routes, compiled, never changed. Of those that match a request, the one with the most specific host wins; then the one with the
 * most specific path; then one with a method; then the one that asks for the most headers and cookies; then the first one: the order of
 * the Gateway API. A lookup costs one look for the host and one for each depth of its paths, however many routes there are, and it is
 * bounded by the table, not by the request.
 */
export class RoutingTable<Value> {
  readonly entries: ReadonlyArray<TableEntry<Value>>
  readonly #names = new Map<string, HostNode<Value>>()
  readonly #suffixes = new Map<string, HostNode<Value>>()
  readonly #any: HostNode<Value> = { exact: new Map(), prefixes: new Map(), depths: [] }
  /** Labels of the longest suffix. */
  #suffixLabels = 0
  /** Where the segments of the path that is looked up end. */
  readonly #ends: number[] = []

  constructor (entries: ReadonlyArray<TableEntry<Value>>) {
    this.entries = entries
    for (const { match, value } of entries) {
      const candidate = { methods: match.methods, headers: Object.entries(match.headers), cookies: Object.entries(match.cookies), value }
      for (const node of match.hosts.length === 0 ? [this.#any] : match.hosts.map((host) => this.#nodeOf(host))) add(node, match, candidate)
    }
    for (const node of [this.#any, ...this.#names.values(), ...this.#suffixes.values()]) settle(node)
  }

  /** `ambiguous`: the path can be read in several ways, which lead to different entries. */
  find (head: RequestHead): Value | 'ambiguous' | undefined {
    const path = pathOf(head.target)
    if (!hasReadings(path)) return this.findReading(path, head)
    let found: Value | undefined
    let last: string | undefined
    for (const reading of eachReading(path)) {
      if (last === undefined) found = this.findReading(reading, head)
      else if (reading !== last && this.findReading(reading, head) !== found) return 'ambiguous'
      last = reading
    }
    return found
  }

  /** What one reading of a path leads to. */
  findReading (path: string, head: RequestHead): Value | undefined {
    const host = hostKey(head.host)
    const named = this.#names.get(host)
    if (named !== undefined) {
      const found = this.#findIn(named, path, head)
      if (found !== undefined) return found
    }
    if (this.#suffixLabels > 0) {
      // The longest suffix first, and none that is longer than all in the table.
      let at = startOfLabels(host, this.#suffixLabels)
      while (at !== -1) {
        const node = this.#suffixes.get(host.slice(at))
        const found = node && this.#findIn(node, path, head)
        if (found !== undefined) return found
        const dot = host.indexOf('.', at)
        at = dot === -1 ? -1 : dot + 1
      }
    }
    return this.#findIn(this.#any, path, head)
  }

  #findIn ({ exact, prefixes, depths }: HostNode<Value>, path: string, head: RequestHead): Value | undefined {
    if (exact.size > 0) {
      const found = firstMatching(exact.get(path), head)
      if (found !== undefined) return found
    }
    const deepest = depths[0]
    if (deepest === undefined) return undefined
    const segments = findEnds(path, deepest, this.#ends)
    for (const depth of depths) {
      if (depth > segments) continue
      const found = firstMatching(prefixes.get(depth === 0 ? '' : path.slice(0, this.#ends[depth - 1])), head)
      if (found !== undefined) return found
    }
    return undefined
  }

  #nodeOf (host: string): HostNode<Value> {
    const isSuffix = host.startsWith('*.')
    const nodes = isSuffix ? this.#suffixes : this.#names
    const key = isSuffix ? host.slice(2) : host
    if (isSuffix) this.#suffixLabels = Math.max(this.#suffixLabels, key.split('.').length)
    let node = nodes.get(key)
    if (node === undefined) nodes.set(key, node = { exact: new Map(), prefixes: new Map(), depths: [] })
    return node
  }
}

/** The path of a target, without its query. `OPTIONS *` asks about the host as a whole, as its root does. */
export function pathOf (target: string): string {
  return target === '*' ? '/' : withoutQuery(target)
}

/** Whether a request asks for what a match wants besides host and path. */
function suits ({ methods, headers, cookies }: Candidate<unknown>, { method, fields }: RequestHead): boolean {
  if (methods.length > 0 && !methods.includes(method)) return false
  for (const [name, value] of headers) if (fields.get(name) !== value) return false
  for (const [name, value] of cookies) if (cookieOf(fields, name) !== value) return false
  return true
}

function firstMatching<Value> (candidates: ReadonlyArray<Candidate<Value>> | undefined, head: RequestHead): Value | undefined {
  if (candidates === undefined) return undefined
  for (const candidate of candidates) if (suits(candidate, head)) return candidate.value
  return undefined
}

function add<Value> ({ exact, prefixes }: HostNode<Value>, { path, isExact }: MatchView, candidate: Candidate<Value>): void {
  const paths = isExact ? exact : prefixes
  const key = isExact || path !== '/' ? path : ''
  const bucket = paths.get(key)
  if (bucket === undefined) paths.set(key, [candidate])
  else bucket.push(candidate)
}

/** Sorting is stable: what is equal stays in its order. */
function settle<Value> (node: HostNode<Value>): void {
  for (const bucket of [...node.exact.values(), ...node.prefixes.values()]) bucket.sort((a, b) => demands(b) - demands(a))
  node.depths = [...new Set([...node.prefixes.keys()].map((prefix) => prefix.split('/').length - 1))].sort((a, b) => b - a)
}

/** A method counts more than all headers and cookies together. */
function demands ({ methods, headers, cookies }: Candidate<unknown>): number {
  return (methods.length > 0 ? 1e6 : 0) + headers.length + cookies.length
}

/** Fills in where the first segments of a path end, at most `most` of them; returns how many there are. */
function findEnds (path: string, most: number, ends: number[]): number {
  let count = 0
  let slash = 0
  while (count < most && slash !== -1) {
    slash = path.indexOf('/', slash + 1)
    ends[count++] = slash === -1 ? path.length : slash
  }
  return count
}

/** Where the last labels of a host begin, at most `most` of them, and at least one fewer than it has; -1 where it has only one. */
function startOfLabels (host: string, most: number): number {
  let at = host.length
  for (let labels = 0; labels < most; labels++) {
    const dot = host.lastIndexOf('.', at - 1)
    if (dot <= 0) break
    at = dot
  }
  return at === host.length ? -1 : at + 1
}
