import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { readAllowed } from '../src/admin/announcement-policy.ts'
import { addressText, parseBackendUrl } from '../src/backends/address.ts'
import { parseBackend, repeatedBackend, withDefaultCheck, type BackendDefaults } from '../src/backends/backends-setting.ts'
import { contradictionIn, keyWords, protocolSpec, proxySpec } from '../src/backends/protocol.ts'
import { readHealthCheck } from '../src/backends/health-check-view.ts'
import type { BackendSpec } from '../src/backends/spec.ts'
import type { FileProblem, Path } from '../src/config/file/document.ts'
import type { ReadFile } from '../src/config/file/read.ts'
import type { ConfigFile, ServiceConfig } from '../src/config/file/schema.ts'
import { findConflicts } from '../src/routing/conflicts.ts'
import { readStatusRange } from '../src/http/status-range.ts'
import type { MatchView } from '../src/http/match-view.ts'
import { planDiscovery, type DiscoveryPlan } from './discovery-plan.ts'
import { planRoutes, type Note, type RoutePlan } from './route-plan.ts'
import type { TlsSettings } from '../src/upstream/dial.ts'
import { readCertificate } from '../src/downstream/tls/certificate.ts'
import type { Policies, ServicePolicy } from './policies.ts'

/** What the file says of one service. */
export interface ServicePlan {
  readonly policy: ServicePolicy
  readonly backends: readonly BackendSpec[]
  /** How further ones are found out, if they are. */
  readonly discovery: DiscoveryPlan | undefined
}

/** What is to be done to bring a file into force: nothing of it can fail any more. */
export interface FilePlan {
  readonly services: ReadonlyMap<string, ServicePlan>
  /** Undefined: the file has none, and all requests go to the service `default`. */
  readonly routes: readonly RoutePlan[] | undefined
  /** What backends may announce; undefined: anything. */
  readonly allowed: readonly MatchView[] | undefined
  readonly tls: ConfigFile['tls']
}

export interface PlannedFile {
  readonly plan: FilePlan
  /** What makes it useless, if anything. */
  readonly problems: readonly FileProblem[]
  readonly warnings: readonly FileProblem[]
  /** Other files that it was made from, and what they said; null: they could not be read. */
  readonly files: ReadonlyMap<string, string | null>
}

/** Works out what a file asks for, with all that only the gateway can find wrong in it. `fileName`: where other files are looked for. */
export function planFile (read: ReadFile, fileName: string, policies: Policies): PlannedFile {
  const { config, problemAt, positionOf } = read
  const problems: FileProblem[] = []
  const warnings = [...read.warnings]
  const files = new Map<string, string | null>()
  const note: Note = (path, message, what) => { problems.push(problemAt(path, message, what)) }
  const services = new Map(Object.entries(config.services ?? {}).map(([name, service]) => {
    const backends = planBackends(service, ['services', name], note)
    return [name, { policy: planPolicy(service, name, { fileName, files, note }, policies), backends, discovery: planDiscovery(service) }]
  }))
  const routes = config.routes && planRoutes(config.routes, policies.limits, (i) => `${fileName}:${positionOf(['routes', i]).line}`, note)
  const allow = config.registration?.allow
  const patterns = allow && readAllowed(allow)
  for (const { index, message } of patterns?.problems ?? []) note(['registration', 'allow', index], message)
  if (routes !== undefined && problems.length === 0) {
    const matches = routes.map(({ info }) => info.match)
    for (const { index, isError, message } of findConflicts(matches, (i) => nameOf(config, i, positionOf(['routes', i]).line))) {
      (isError ? problems : warnings).push(problemAt(['routes', index], message))
    }
  }
  return { plan: { services, routes, allowed: patterns?.allowed, tls: config.tls }, problems, warnings, files }
}

function nameOf ({ routes }: ConfigFile, i: number, line: number): string {
  const name = routes?.[i]?.name
  return name === undefined ? `routes[${i}] in line ${line}` : `the route ${name}`
}

function planBackends ({ backends = [], protocol, sendProxy, healthCheck = {} }: ServiceConfig, path: Path, note: Note): BackendSpec[] {
  const defaults = { protocol, sendProxy, type: healthCheck.type, service: healthCheck.service }
  const specs = backends.flatMap((said, i) => {
    const at = [...path, 'backends', i]
    const spec = typeof said === 'string' ? parseBackend(said, defaults) : specFrom(said, defaults)
    if (typeof spec !== 'string') return [spec]
    note(at, `is no backend: ${spec}`)
    return []
  })
  const repeated = repeatedBackend(specs)
  if (repeated !== undefined) note([...path, 'backends'], `has "${repeated.entry}": ${repeated.problem}`)
  return specs
}

type SaidBackend = Exclude<NonNullable<ServiceConfig['backends']>[number], string>

function specFrom (said: SaidBackend, defaults: BackendDefaults): BackendSpec | string {
  const { url: text, name, weight = 1, zone, backup = false, healthCheck = {}, sendProxy = defaults.sendProxy } = said
  const url = parseBackendUrl(text)
  if (typeof url === 'string') return url
  const { status } = healthCheck
  if (status !== undefined && readStatusRange(status) === undefined) return `the status ${status} is no range`
  const protocol = said.protocol ?? (url.protocol === 'h2c:' ? undefined : defaults.protocol)
  const check = withDefaultCheck(readHealthCheck(healthCheck), defaults)
  return contradictionIn(url, { protocol, sendProxy, healthCheck: check }, keyWords) ?? {
    url: addressText(url),
    name: name ?? (url.host || url.pathname),
    weight,
    ...(zone !== undefined && { zone }),
    ...(backup && { isBackup: true }),
    ...protocolSpec(url, protocol),
    ...proxySpec(sendProxy),
    healthCheck: check
  }
}

function planPolicy (service: ServiceConfig, name: string, reading: Reading, policies: Policies): ServicePolicy {
  const { defaults, balancerOf, hashKeyOf } = policies
  const { settings, checks, connections, hashKey } = defaults
  const { balancer = settings.balancer, healthCheck = {}, outliers, queue = {}, sticky, timeouts, tls, discover } = service
  // The certificate of a backend that is known by its address is that of the name which led to it.
  const byName = discover?.protocol === 'https' && discover.dns !== undefined ? { serverName: discover.dns.replace(/\.$/, '') } : {}
  const isVerified = tls !== undefined || 'serverName' in byName
  const status = healthCheck.status === undefined ? checks.status : readStatusRange(healthCheck.status)
  if (status === undefined) {
    reading.note(['services', name, 'healthCheck', 'status'], `is "${healthCheck.status}", whose second status is the smaller one`)
  }
  return {
    settings: {
      ...settings,
      balancer,
      createBalancer: balancerOf(balancer),
      thresholds: { fall: healthCheck.fall ?? settings.thresholds.fall, rise: healthCheck.rise ?? settings.thresholds.rise },
      outliers: { ...settings.outliers, ...outliers },
      limits: {
        maxRequestsPerBackend: service.maxRequestsPerBackend ?? settings.limits.maxRequestsPerBackend,
        queueSize: queue.size ?? settings.limits.queueSize,
        queueTimeoutMs: queue.timeoutMs ?? settings.limits.queueTimeoutMs,
        retryBudgetPercent: service.retryBudgetPercent ?? settings.limits.retryBudgetPercent
      },
      sticky: sticky === undefined
        ? settings.sticky
        : sticky.cookie === '' ? undefined : { cookie: sticky.cookie, secret: sticky.secret ?? defaults.stickySecret },
      slowStartMs: service.slowStartMs ?? settings.slowStartMs,
      zone: service.zone === undefined ? settings.zone : service.zone === '' ? undefined : service.zone
    },
    checks: {
      path: healthCheck.path ?? checks.path,
      timeoutMs: healthCheck.timeoutMs ?? checks.timeoutMs,
      intervalMs: healthCheck.intervalMs ?? checks.intervalMs,
      status: status ?? checks.status
    },
    connections: {
      connectTimeoutMs: timeouts?.connectMs ?? connections.connectTimeoutMs,
      keepAliveMs: service.keepAliveMs ?? connections.keepAliveMs,
      ...(isVerified && { tls: { ...byName, ...planTls(tls ?? {}, ['services', name, 'tls'], reading) } })
    },
    hashKey: service.hashKey === undefined ? hashKey : hashKeyOf(service.hashKey),
    stickySecret: defaults.stickySecret
  }
}

/** A file while it is planned. */
interface Reading {
  readonly fileName: string
  /** Gets those that are read beside it. */
  readonly files: Map<string, string | null>
  readonly note: Note
}

function planTls ({ ca, serverName, verify, cert, key }: NonNullable<ServiceConfig['tls']>, path: Path, reading: Reading): TlsSettings {
  const { fileName, files, note } = reading
  const pem = (name: string, file: string, what: 'certificate' | 'private key'): string => {
    const resolved = resolve(dirname(fileName), file)
    const problemAt = (message: string): void => { note([...path, name], message) }
    let text: string | null = null
    try {
      text = readFileSync(resolved, 'utf8')
      if (!text.includes(marks[what])) problemAt(`is ${resolved}, which holds no ${what} in PEM format`)
    } catch (error) {
      problemAt(`cannot be read: ${(error as Error).message}`)
    }
    files.set(resolved, text)
    return text ?? ''
  }
  if ((cert === undefined) !== (key === undefined)) note(path, 'needs both of the keys cert and key, or neither')
  const own = cert !== undefined && key !== undefined && { cert: pem('cert', cert, 'certificate'), key: pem('key', key, 'private key') }
  if (own !== false && own.cert.includes(marks.certificate) && own.key.includes(marks['private key'])) {
    const certificate = readCertificate('own', own)
    if (typeof certificate === 'string') note([...path, 'cert'], `cannot be used: ${certificate}`)
  }
  return {
    ...(serverName !== undefined && { serverName }),
    ...(verify !== undefined && { verify }),
    ...(ca !== undefined && { ca: pem('ca', ca, 'certificate') }),
    ...own
  }
}

const marks = { certificate: '-----BEGIN CERTIFICATE-----', 'private key': 'PRIVATE KEY-----' } as const
