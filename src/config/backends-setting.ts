import { addressText, parseBackendUrl, type BackendSpec, type HealthCheckSpec } from '../backends/backend.ts'
import { SettingError } from './setting-error.ts'
import { readStatusRange } from './status-range.ts'

/**
 * Parses `BACKENDS`: backends separated by commas, `;key=value` for their attributes. Throws a `SettingError` that quotes the
 * invalid entry.
 */
export function parseBackends (value: string): BackendSpec[] {
  const entries = value.trim() === '' ? [] : value.split(',')
  const empty = entries.findIndex((entry) => entry.trim() === '')
  if (empty !== -1) throw new SettingError('BACKENDS', value, `entry ${empty + 1} of ${entries.length} is empty; remove a comma`)
  const specs = entries.map(parseEntry)
  refuseRepeated(specs, 'url')
  refuseRepeated(specs, 'name')
  return specs
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Draft = Mutable<Omit<BackendSpec, 'healthCheck'>> & { healthCheck: Mutable<HealthCheckSpec> }

interface Attribute {
  /** Sets the value on the backend; returns false if it is invalid. */
  readonly take: (spec: Draft, text: string) => boolean
  /** The problem with an invalid value. */
  readonly problem: string
}

const nameProblem = 'is not 1 to 64 letters, digits, ".", "_", ":" or "-"'

const attributes: Readonly<Record<string, Attribute>> = {
  weight: {
    take: (spec, text) => isIntegerIn(text, 1, 1000) && set(spec, 'weight', Number(text)),
    problem: 'is not an integer from 1 to 1000'
  },
  name: { take: (spec, text) => isName(text) && set(spec, 'name', text), problem: nameProblem },
  zone: { take: (spec, text) => isName(text) && set(spec, 'zone', text), problem: nameProblem },
  backup: {
    take: (spec, text) => (text === 'true' || text === 'false') && set(spec, 'isBackup', text === 'true'),
    problem: 'is neither true nor false'
  },
  check: {
    take: ({ healthCheck }, text) => (text === 'http' || text === 'tcp') && set(healthCheck, 'type', text),
    problem: 'is neither http nor tcp'
  },
  checkPath: {
    take: ({ healthCheck }, text) => /^\/[!-~]*$/.test(text) && set(healthCheck, 'path', text),
    problem: 'is not a path that starts with "/"'
  },
  checkPort: {
    take: ({ healthCheck }, text) => isIntegerIn(text, 1, 65_535) && set(healthCheck, 'port', Number(text)),
    problem: 'is not an integer from 1 to 65535'
  },
  checkHost: {
    take: ({ healthCheck }, text) => /^[A-Za-z0-9._:[\]-]{1,255}$/.test(text) && set(healthCheck, 'host', text),
    problem: 'is not a host'
  },
  checkStatus: {
    take ({ healthCheck }, text) {
      const range = readStatusRange(text)
      return range !== undefined && set(healthCheck, 'status', range)
    },
    problem: 'is neither a status nor a range such as 200-299'
  }
}

function set<T, K extends keyof T> (target: T, key: K, value: T[K]): true {
  target[key] = value
  return true
}

function parseEntry (entry: string): BackendSpec {
  const [address = '', ...parts] = entry.split(';').map((part) => part.trim())
  const url = parseBackendUrl(address)
  if (typeof url === 'string') throw new SettingError('BACKENDS', entry.trim(), url)
  const spec: Draft = { url, name: url.host || url.pathname, weight: 1, healthCheck: {} }
  const seen = new Set<string>()
  for (const part of parts) {
    const { key, text } = parseAttribute(entry, part)
    if (seen.has(key)) throw new SettingError('BACKENDS', entry.trim(), `the attribute "${key}" is set twice`)
    seen.add(key)
    const attribute = Object.hasOwn(attributes, key) ? attributes[key] : undefined
    if (attribute === undefined) throw new SettingError('BACKENDS', entry.trim(), `unknown attribute "${key}"; expected one of ${Object.keys(attributes).join(', ')}`)
    if (!attribute.take(spec, text)) throw new SettingError('BACKENDS', entry.trim(), `${key} "${text}" ${attribute.problem}`)
  }
  return spec
}

function parseAttribute (entry: string, attribute: string): { key: string, text: string } {
  const equals = attribute.indexOf('=')
  if (equals < 1) throw new SettingError('BACKENDS', entry.trim(), `"${attribute}" is not of the form key=value`)
  return { key: attribute.slice(0, equals).trim(), text: attribute.slice(equals + 1).trim() }
}

function isIntegerIn (text: string, least: number, most: number): boolean {
  return /^[0-9]+$/.test(text) && Number(text) >= least && Number(text) <= most
}

function isName (text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/.test(text)
}

function refuseRepeated (specs: BackendSpec[], key: 'url' | 'name'): void {
  const seen = new Set<string>()
  for (const spec of specs) {
    const identity = key === 'url' ? addressText(spec.url) : spec.name
    if (seen.has(identity)) throw new SettingError('BACKENDS', identity, `this ${key} is listed twice`)
    seen.add(identity)
  }
}
