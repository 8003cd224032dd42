import { addressText, idOf, parseBackendUrl } from '../src/backends/address.ts'
import { withDefaultCheck } from '../src/backends/backends-setting.ts'
import { protocolSpec, proxySpec } from '../src/backends/protocol.ts'
import type { Protocol, ProxyChoice } from '../src/base/protocols.ts'
import type { BackendSpec, HealthCheckSpec } from '../src/backends/spec.ts'
import { hostOf, urlHost } from '../src/base/addresses.ts'
import type { ServiceConfig } from '../src/config/file/schema.ts'
import type { DnsQuestion } from '../src/discovery/dns-answers.ts'
import type { Endpoint } from '../src/discovery/source.ts'
import type { SaidOf } from '../src/registry/reconcile.ts'

/** How the backends of a service are found out. */
export interface DiscoveryPlan {
  readonly question: DnsQuestion
  readonly servers: readonly string[]
  readonly scheme: 'http' | 'https' | 'h2c'
  readonly protocol: Protocol | undefined
  readonly sendProxy: ProxyChoice | undefined
  readonly healthCheck: HealthCheckSpec
}

export function planDiscovery ({ discover, protocol, sendProxy, healthCheck = {} }: ServiceConfig): DiscoveryPlan | undefined {
  if (discover === undefined) return undefined
  const { dns, srv, port = 0, family, servers = [], protocol: scheme = 'http' } = discover
  const type = srv === undefined ? 'addresses' : 'srv'
  const question = { type, name: srv ?? dns ?? '', port, family } as const
  return { question, servers, scheme, protocol, sendProxy, healthCheck: withDefaultCheck({}, healthCheck) }
}

/** The backends at these endpoints, by their ids. */
export function backendsAt (endpoints: readonly Endpoint[], service: string, plan: DiscoveryPlan): Map<string, SaidOf> {
  return new Map(endpoints.map((endpoint) => {
    const spec = specAt(endpoint, plan)
    return [idOf(spec.url, service), { service, spec }]
  }))
}

function specAt ({ host, port, weight, isBackup }: Endpoint, { scheme, protocol, sendProxy, healthCheck }: DiscoveryPlan): BackendSpec {
  const url = parseBackendUrl(`${scheme}://${urlHost(host)}:${port}`) as URL
  return {
    url: addressText(url),
    name: url.host,
    weight,
    ...(isBackup && { isBackup }),
    ...protocolSpec(url, protocol),
    ...proxySpec(sendProxy),
    healthCheck
  }
}

/** The endpoint of a backend that was discovered. */
export function endpointOf ({ url: text, weight, isBackup = false }: BackendSpec): Endpoint {
  const url = new URL(text)
  const { protocol, port } = url
  return { host: hostOf(url), port: Number(port) || (protocol === 'https:' ? 443 : 80), weight, isBackup }
}
