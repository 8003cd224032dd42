import { readStatusRange } from '../http/status-range.ts'
import { addressText, parseBackendUrl } from './address.ts'
import { contradictionIn, isProtocol, isProxyChoice, protocolSpec, proxySpec, type Words } from './protocol.ts'
import type { Protocol, ProxyChoice } from '../base/protocols.ts'
import type { BackendSpec, HealthCheckSpec } from './spec.ts'

/** Why the setting cannot be used: the part of it that is wrong, and what is wrong with that. */
export interface BackendsProblem {
  readonly entry: string
  readonly problem: string
}

/** Reads `BACKENDS`: a comma between backends, `;key=value` for their attributes. Returns what is wrong where it cannot be used. */
export function parseBackends (value: string): BackendSpec[] | BackendsProblem {
  const entries = value.trim() === '' ? [] : value.split(',')
  const specs: BackendSpec[] = []
  for (const [i, text] of entries.entries()) {
    const entry = text.trim()
    if (entry === '') return { entry: value, problem: `entry ${i + 1} of ${entries.length} is empty; remove a comma` }
    const spec = parseBackend(entry)
    if (typeof spec === 'string') return { entry, problem: spec }
    specs.push(spec)
  }
  return repeatedBackend(specs) ?? specs
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
interface Draft extends Mutable<Omit<BackendSpec, 'healthCheck' | 'protocol' | 'sendProxy'>> {
  healthCheck: Mutable<HealthCheckSpec>
  protocol: Protocol | undefined
  sendProxy: ProxyChoice | undefined
}

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
  proto: {
    take: (spec, text) => isProtocol(text) && set(spec, 'protocol', text),
    problem: 'is neither h2 nor http/1.1'
  },
  sendProxy: {
    take: (spec, text) => isProxyChoice(text) && set(spec, 'sendProxy', text),
    problem: 'is none of v1, v2 and none'
  },
  check: {
    take: ({ healthCheck }, text) => (text === 'http' || text === 'tcp' || text === 'grpc') && set(healthCheck, 'type', text),
    problem: 'is none of http, tcp and grpc'
  },
  checkService: {
    take: ({ healthCheck }, text) => /^[A-Za-z0-9._/-]{0,255}$/.test(text) && (text === '' || set(healthCheck, 'service', text)),
    problem: 'is not the name of a service, such as package.Service'
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

const words: Words = { protocol: 'proto', type: 'check', service: 'checkService', path: 'checkPath', status: 'checkStatus' }

/** What holds for backends of a service that say nothing else. */
export interface BackendDefaults {
  readonly protocol?: Protocol | undefined
  readonly sendProxy?: ProxyChoice | undefined
  readonly type?: HealthCheckSpec['type'] | undefined
  /** For those that are checked by gRPC. */
  readonly service?: string | undefined
}

/** The health check of a backend, with what its service says of it. */
export function withDefaultCheck (own: HealthCheckSpec, { type, service }: BackendDefaults): HealthCheckSpec {
  const check = own.type === undefined && type !== undefined ? { ...own, type } : own
  return check.type === 'grpc' && check.service === undefined && service !== undefined ? { ...check, service } : check
}

/** Reads one backend as it stands in `BACKENDS`; returns what is wrong, as a phrase, where it cannot be used. */
export function parseBackend (entry: string, defaults: BackendDefaults = {}): BackendSpec | string {
  const [address = '', ...parts] = entry.split(';').map((part) => part.trim())
  const url = parseBackendUrl(address)
  if (typeof url === 'string') return url
  const name = url.host || url.pathname
  const spec: Draft = { url: addressText(url), name, weight: 1, healthCheck: {}, protocol: undefined, sendProxy: undefined }
  const seen = new Set<string>()
  for (const part of parts) {
    const equals = part.indexOf('=')
    if (equals < 1) return `"${part}" is not of the form key=value`
    const key = part.slice(0, equals).trim()
    const text = part.slice(equals + 1).trim()
    if (seen.has(key)) return `the attribute "${key}" is set twice`
    seen.add(key)
    const attribute = Object.hasOwn(attributes, key) ? attributes[key] : undefined
    if (attribute === undefined) return `unknown attribute "${key}"; expected one of ${Object.keys(attributes).join(', ')}`
    if (!attribute.take(spec, text)) return `${key} "${text}" ${attribute.problem}`
  }
  const { protocol: own, sendProxy = defaults.sendProxy, healthCheck, ...rest } = spec
  const protocol = own ?? (url.protocol === 'h2c:' ? undefined : defaults.protocol)
  const said = { protocol, sendProxy, healthCheck: withDefaultCheck(healthCheck, defaults) }
  const { healthCheck: check } = said
  return contradictionIn(url, said, words) ?? { ...rest, healthCheck: check, ...protocolSpec(url, protocol), ...proxySpec(sendProxy) }
}

function isIntegerIn (text: string, least: number, most: number): boolean {
  return /^[0-9]+$/.test(text) && Number(text) >= least && Number(text) <= most
}

function isName (text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/.test(text)
}

/** One that stands there twice, by its url or its name. */
export function repeatedBackend (specs: readonly BackendSpec[]): BackendsProblem | undefined {
  return repeated(specs, 'url') ?? repeated(specs, 'name')
}

function repeated (specs: readonly BackendSpec[], key: 'url' | 'name'): BackendsProblem | undefined {
  const seen = new Set<string>()
  for (const { [key]: identity } of specs) {
    if (seen.has(identity)) return { entry: identity, problem: `this ${key} is listed twice` }
    seen.add(identity)
  }
  return undefined
}
