import { domainToASCII } from 'node:url'
import { isIPv4, isIPv6 } from 'node:net'
import { isToken } from '../http/token.ts'
import { hostKey } from './host.ts'
import { withUpperCaseEscapes } from './readings.ts'
import type { MatchView } from '../http/match-view.ts'

/** What a request must look like, as a configuration file or a backend says it. */
export interface MatchSpec {
  readonly host?: string | readonly string[] | undefined
  readonly path?: string | undefined
  readonly exactPath?: string | undefined
  readonly method?: string | readonly string[] | undefined
  readonly header?: Readonly<Record<string, string>> | undefined
  readonly cookie?: Readonly<Record<string, string>> | undefined
}

/** `path` leads to what is wrong, from the spec. */
export interface MatchProblem {
  readonly path: ReadonlyArray<string | number>
  readonly message: string
}

/** RFC 9110 section 5.5; bytes beyond ASCII are read as Latin-1. */
const possible = /^[\t -~\x80-\xff]*$/

/** Brings a match into its normal form, or returns everything that is wrong with it. */
export function readMatch (spec: MatchSpec): MatchView | MatchProblem[] {
  const problems: MatchProblem[] = []
  const note = (path: MatchProblem['path'], message: string): void => { problems.push({ path, message }) }
  for (const key of ['host', 'method'] as const) {
    if (spec[key]?.length === 0 && typeof spec[key] !== 'string') note([key], `names none; without the key ${key} the route is for all`)
  }
  const hosts = listOf(spec.host).map((text, i) => {
    const host = readHost(text)
    if (typeof host === 'string') return host
    note(placeOf('host', spec.host, i), host.problem)
    return ''
  })
  const methods = listOf(spec.method).map((method, i) => {
    if (!isToken(method)) note(placeOf('method', spec.method, i), `"${method}" is not a method such as GET`)
    return method
  })
  const [key, text] = spec.exactPath === undefined ? ['path', spec.path ?? '/'] as const : ['exactPath', spec.exactPath] as const
  if (spec.exactPath !== undefined && spec.path !== undefined) note(['exactPath'], 'path and exactPath exclude each other')
  const problem = problemWithPath(text)
  if (problem !== undefined) note([key], problem)
  // A Map, since an object would swallow a header that is named __proto__.
  const headers = new Map<string, string>()
  for (const [name, value] of Object.entries(spec.header ?? {})) {
    const lower = name.toLowerCase()
    if (!isToken(name)) note(['header', name], `"${name}" is not the name of a header`)
    else if (lower === 'host') note(['header', name], 'use the key host for this')
    else if (headers.has(lower)) note(['header', name], `the header ${lower} is there twice: the case of a name means nothing`)
    else if (!possible.test(value)) note(['header', name], 'is a value that no header can have')
    headers.set(lower, value.trim())
  }
  for (const [name, value] of Object.entries(spec.cookie ?? {})) {
    if (!isToken(name)) note(['cookie', name], `"${name}" is not the name of a cookie`)
    else if (!possible.test(value) || value.includes(';') || value.trim() !== value) {
      note(['cookie', name], 'is a value that no cookie can have')
    }
  }
  if (problems.length > 0) return problems
  return {
    hosts: [...new Set(hosts)],
    path: withUpperCaseEscapes(key === 'path' ? text.replace(/(?<=.)\/$/, '') : text),
    isExact: key === 'exactPath',
    methods: [...new Set(methods)],
    headers: Object.fromEntries(headers),
    cookies: { ...spec.cookie }
  }
}

/**
 * Reads `[METHOD ][host]/path`, as the patterns of Go's ServeMux are written. Without a path it is every path of that host. What is
 * wrong with a part of it, `readMatch` says; an empty text is no match for everything, but one for an empty host.
 */
export function parseMatch (text: string): MatchSpec {
  const [, method, rest = ''] = /^(?:(\S+) +)?(\S*)$/.exec(text.trim()) ?? [undefined, undefined, text]
  const slash = rest.indexOf('/')
  const host = slash === -1 ? rest : rest.slice(0, slash)
  const path = slash === -1 ? '/' : rest.slice(slash)
  return { ...((host !== '' || rest === '') && { host }), path, ...(method !== undefined && { method: [method] }) }
}

/** One line for people: `GET shop.example.com/api, header x-version: next`. */
export function describeMatch ({ hosts, path, isExact, methods, headers, cookies }: MatchView): string {
  const more = [
    ...Object.entries(headers).map(([name, value]) => `header ${name}: ${value}`),
    ...Object.entries(cookies).map(([name, value]) => `cookie ${name}=${value}`)
  ]
  const where = hosts.length === 0 ? path : hosts.map((host) => host + path).join(' | ')
  return [`${methods.length === 0 ? '' : `${methods.join('/')} `}${where}${isExact ? ' (exactly)' : ''}`, ...more].join(', ')
}

/** Whether a path is this one or below it, by whole segments. Neither ends with a slash that means nothing. */
export function isAtOrBelow (path: string, prefix: string): boolean {
  return prefix === '/' || path === prefix || path.startsWith(`${prefix}/`)
}

/** In its normal form: lower case, ASCII, without a dot at the end. */
function readHost (text: string): string | { readonly problem: string } {
  const isWildcard = text.startsWith('*.')
  const bare = isWildcard ? text.slice(2) : text
  if (bare.startsWith('[')) {
    const address = /^\[([^\]]+)\]$/.exec(bare)?.[1] ?? ''
    if (isWildcard || !isIPv6(address)) return { problem: `"${text}" is not a host; an IPv6 address is written as [::1], without a port` }
    return hostKey(bare)
  }
  if (/:\d*$/.test(bare)) return { problem: `"${text}" has a port: routes match the host of any port; remove it` }
  if (bare.includes('*')) return { problem: `"${text}": a * can only be the first label, as in *.example.com` }
  const notHost = `"${text}" is not a host such as shop.example.com`
  if (bare.includes('/')) return { problem: `${notHost}; a path belongs under path` }
  const name = bare.replace(/\.$/, '')
  // domainToASCII cuts off what begins with ? or #, decodes escapes and drops tabs, as for a url.
  const ascii = /[\s%?#\\@]/.test(name) ? '' : domainToASCII(name)
  if (!/^[\w-]+(?:\.[\w-]+)*$/.test(ascii)) return { problem: notHost }
  if (isIPv4(ascii) && ascii !== name) return { problem: `"${text}" is an address in a form that clients do not send; write ${ascii}` }
  return isWildcard ? `*.${ascii}` : ascii
}

function problemWithPath (path: string): string | undefined {
  if (!path.startsWith('/')) return `"${path}" does not begin with "/"`
  const special = /[*?#;\\]/.exec(path)?.[0]
  if (special === '*') return `"${path}": there are no wildcards in paths; a path matches everything below it`
  if (special === '?' || special === '#') return `"${path}": only the path of a request is matched; remove what begins with "${special}"`
  if (special !== undefined) return `"${path}" holds a "${special}", which backends read in different ways`
  if (path.includes('//')) return `"${path}" holds "//"`
  if (/\/\.\.?(?:\/|$)/.test(path)) return `"${path}" holds a "." or ".." segment`
  for (const [escape, digits = ''] of path.matchAll(/%([0-9a-f]{2})?/gi)) {
    if (digits === '') return `"${path}" holds a "%" that encodes nothing`
    const character = String.fromCharCode(parseInt(digits, 16))
    if (/[\w.~/\\;?#*-]/.test(character)) {
      return `"${path}" holds "${escape}", an encoded "${character}", which backends read in different ways`
    }
  }
  if (!/^[!-~]+$/.test(path)) return `"${path}" holds characters that requests only carry percent-encoded, such as ${encodeURI(path)}`
  return undefined
}

function listOf (value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}

function placeOf (key: string, value: unknown, i: number): MatchProblem['path'] {
  return typeof value === 'string' ? [key] : [key, i]
}
