import { parseAddressAndPort } from '../../base/addresses.ts'
import { nearestKey } from '../near-names.ts'
import { textOf, type Path } from './document.ts'
import type { ConfigFile, RouteConfig, ServiceConfig } from './schema.ts'

/** What the file cannot know by itself. */
export interface FileSurroundings {
  /** BACKENDS names some. */
  readonly hasBackendsSetting: boolean
  /** Something can tell the gateway that a request came by HTTPS. */
  readonly knowsHttps: boolean
}

/** Something about what a file says as a whole; `isWarning`: it can be used all the same. */
export interface Remark {
  readonly path: Path
  readonly isKey?: boolean
  readonly isWarning?: boolean
  readonly message: string
}

/** Headers that belong to the connection or to the gateway. */
const forbidden = new Set([
  'host', 'content-length', 'connection', 'transfer-encoding', 'keep-alive', 'te', 'trailer', 'upgrade', 'proxy-connection', 'expect',
  'via', 'date', 'x-request-id'
])

const noHttps =
  'can only loop here: no one tells the gateway that a request came by HTTPS; name the proxy in front of it in TRUST_PROXY, or set TLS_PORT'

/** What no schema can say: what goes with what, and which names there are. */
export function remarksOn (file: ConfigFile, surroundings: FileSurroundings): Remark[] {
  const services = Object.keys(file.services ?? {})
  const routes = file.routes ?? []
  const remarks = routes.flatMap((route, i) => remarksOnRoute(route, ['routes', i], services, surroundings))
  if (surroundings.hasBackendsSetting && file.services?.['default']?.backends !== undefined) {
    const message = 'says the backends of the service default twice: they stand in BACKENDS as well'
    remarks.push({ path: ['services', 'default', 'backends'], isKey: true, message })
  }
  for (const [name, service] of Object.entries(file.services ?? {})) {
    const { discover } = service
    if (discover !== undefined) remarks.push(...remarksOnDiscovery(discover, ['services', name, 'discover']))
    remarks.push(...remarksOnProtocol(service, ['services', name]))
  }
  for (const [name, i] of repeatedNames(routes)) {
    remarks.push({ path: ['routes', i, 'name'], message: `is "${name}", as another route is named` })
  }
  const used = new Set(routes.flatMap(({ service, split }) => service === undefined ? Object.keys(split ?? {}) : [service]))
  for (const name of routes.length === 0 ? [] : services) {
    const message = 'is a service that no route goes to'
    if (!used.has(name)) remarks.push({ path: ['services', name], isKey: true, isWarning: true, message })
  }
  return remarks
}

/** Of backends that stand in the file, each is looked at by itself. */
function remarksOnProtocol ({ backends, discover, protocol, sendProxy = 'none', healthCheck = {} }: ServiceConfig, path: Path): Remark[] {
  const remarks: Remark[] = []
  const { type, service } = healthCheck
  if (service !== undefined && type !== 'grpc') {
    remarks.push({ path: [...path, 'healthCheck', 'service'], isKey: true, message: 'is for type "grpc"' })
  }
  if (type === 'grpc') {
    for (const key of ['path', 'status'] as const) {
      const message = 'has no effect with type "grpc"; remove it'
      if (healthCheck[key] !== undefined) remarks.push({ path: [...path, 'healthCheck', key], isKey: true, message })
    }
  }
  if (backends === undefined && discover === undefined) {
    const message = 'has no effect: it is for backends that stand in the file or are discovered'
    const said = { protocol: protocol !== undefined, sendProxy: sendProxy !== 'none' }
    for (const [key, isSaid] of Object.entries(said)) {
      if (isSaid) remarks.push({ path: [...path, key], isKey: true, isWarning: true, message })
    }
  }
  if (discover === undefined) return remarks
  const scheme = discover.protocol ?? 'http'
  if (scheme === 'http' && protocol === 'h2') {
    const message = 'is "h2", which is not for discover.protocol "http"; write "h2c" or "https" there'
    remarks.push({ path: [...path, 'protocol'], message })
  } else if (scheme === 'h2c' && protocol === 'http/1.1') {
    remarks.push({ path: [...path, 'protocol'], message: 'is "http/1.1", which contradicts discover.protocol "h2c"' })
  }
  if (sendProxy !== 'none' && (scheme === 'h2c' || protocol === 'h2')) {
    const message = `is "${sendProxy}", which is not for backends that speak HTTP/2: their connections carry the requests of many clients`
    remarks.push({ path: [...path, 'sendProxy'], message })
  }
  if (type === 'grpc' && scheme !== 'h2c' && protocol !== 'h2') {
    const message = 'is "grpc", which needs backends that speak HTTP/2: discover.protocol "h2c", or "https" with protocol "h2"'
    remarks.push({ path: [...path, 'healthCheck', 'type'], message })
  }
  return remarks
}

function remarksOnDiscovery ({ dns, srv, port, servers = [] }: NonNullable<ServiceConfig['discover']>, path: Path): Remark[] {
  const remarks: Remark[] = []
  for (const [i, server] of servers.entries()) {
    const message = `is "${server}", but expected an address with or without a port, such as 127.0.0.1:8600`
    if (parseAddressAndPort(server) === undefined) remarks.push({ path: [...path, 'servers', i], message })
  }
  if ((dns === undefined) === (srv === undefined)) remarks.push({ path, message: 'needs one of the keys dns and srv' })
  else if (dns !== undefined && port === undefined) remarks.push({ path, message: 'needs the key port: the addresses of a name have none' })
  else if (srv !== undefined && port !== undefined) {
    remarks.push({ path: [...path, 'port'], isKey: true, message: 'has no effect beside srv, whose records name their ports; remove it' })
  }
  return remarks
}

function remarksOnRoute (route: RouteConfig, path: Path, services: readonly string[], { knowsHttps }: FileSurroundings): Remark[] {
  const remarks: Remark[] = []
  const note = (key: string, message: string): void => { remarks.push({ path: [...path, key], isKey: true, message }) }
  const { service, split, redirect, splitBy, stripPrefix, replacePrefix, exactPath, httpsOnly } = route
  const ends = [service, split, redirect].filter((each) => each !== undefined).length
  if (ends === 0) remarks.push({ path, message: 'needs one of the keys service, split and redirect' })
  if (ends > 1) remarks.push({ path, message: 'has more than one of the keys service, split and redirect' })
  if (service !== undefined && !isKnown(service, services)) {
    remarks.push({ path: [...path, 'service'], message: unknownService(service, services) })
  }
  for (const name of Object.keys(split ?? {})) {
    if (!isKnown(name, services)) remarks.push({ path: [...path, 'split', name], isKey: true, message: unknownService(name, services) })
  }
  if (split !== undefined && Object.values(split).every((weight) => weight === 0)) note('split', 'has no weight above 0')
  if (splitBy !== undefined && split === undefined) note('splitBy', 'has nothing to decide without split')
  if (stripPrefix === true && replacePrefix !== undefined) note('replacePrefix', 'and stripPrefix exclude each other')
  for (const key of ['stripPrefix', 'replacePrefix'] as const) {
    if (route[key] !== undefined && route[key] !== false && exactPath !== undefined) note(key, 'needs path: an exactPath has no rest')
  }
  if (redirect !== undefined) {
    for (const key of onlyForwarded) if (route[key] !== undefined) note(key, 'has no effect on a redirect; remove it')
    if (redirect === 'https' && !knowsHttps) note('redirect', noHttps)
  }
  if (httpsOnly === true && !knowsHttps) note('httpsOnly', noHttps)
  for (const key of ['requestHeaders', 'responseHeaders'] as const) remarks.push(...remarksOnHeaders(route[key], [...path, key]))
  return remarks
}

const onlyForwarded = [
  'splitBy', 'stripPrefix', 'replacePrefix', 'hostHeader', 'requestHeaders', 'responseHeaders', 'httpsOnly', 'timeouts', 'retries',
  'replayBytes', 'maxBodyBytes'
] as const

function remarksOnHeaders (changes: RouteConfig['requestHeaders'], path: Path): Remark[] {
  const named: Array<[Path, string]> = [
    ...Object.keys(changes?.set ?? {}).map((name): [Path, string] => [[...path, 'set', name], name]),
    ...(changes?.remove ?? []).map((name, i): [Path, string] => [[...path, 'remove', i], name])
  ]
  return named.flatMap(([at, name]): Remark[] => {
    const lower = name.toLowerCase()
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return [{ path: at, isKey: true, message: 'is not the name of a header' }]
    if (lower === 'host') return [{ path: at, isKey: true, message: 'cannot be changed here; use hostHeader' }]
    if (!forbidden.has(lower) && !lower.startsWith('x-forwarded-') && lower !== 'forwarded') return []
    return [{ path: at, isKey: true, message: 'is a header that the gateway answers for: it cannot be changed' }]
  })
}

function isKnown (name: string, services: readonly string[]): boolean {
  return name === 'default' || services.includes(name)
}

function unknownService (name: string, services: readonly string[]): string {
  const near = nearestKey(name, services)
  return `is "${name}", a service that is not there${near === undefined ? '' : `; did you mean "${near}"?`}`
}

function repeatedNames (routes: readonly RouteConfig[]): Array<readonly [string, number]> {
  const seen = new Set<string>()
  return routes.flatMap(({ name }, i) => {
    if (name === undefined) return []
    if (seen.has(name)) return [[name, i] as const]
    seen.add(name)
    return []
  })
}

/** `routes[2].paht is not known`. */
export function sentenceOf (path: Path, message: string): string {
  return path.length === 0 ? `the file ${message}` : `${textOf(path)} ${message}`
}
