import { addressText, idOf } from '../src/backends/address.ts'
import type { BackendSpec } from '../src/backends/spec.ts'
import { hostOf, urlHost } from '../src/base/addresses.ts'
import type { ServiceConfig } from '../src/config/file/schema.ts'
import type { DnsQuestion } from '../src/discovery/dns-answers.ts'
import type { Endpoint } from '../src/discovery/source.ts'
import type { SaidOf } from '../src/registry/reconcile.ts'

/** How the backends of a service are found out. */
export interface DiscoveryPlan {
  readonly question: DnsQuestion
  readonly servers: readonly string[]
  readonly protocol: 'http' | 'https'
  readonly checkType: 'http' | 'tcp' | undefined
}

export function planDiscovery ({ discover, healthCheck }: ServiceConfig): DiscoveryPlan | undefined {
  if (discover === undefined) return undefined
  const { dns, srv, port = 0, family, servers = [], protocol = 'http' } = discover
  const type = srv === undefined ? 'addresses' : 'srv'
  return { question: { type, name: srv ?? dns ?? '', port, family }, servers, protocol, checkType: healthCheck?.type }
}

/** The backends at these endpoints, by their ids. */
export function backendsAt (endpoints: readonly Endpoint[], service: string, plan: DiscoveryPlan): Map<string, SaidOf> {
  return new Map(endpoints.map((endpoint) => {
    const spec = specAt(endpoint, plan)
    return [idOf(spec.url, service), { service, spec }]
  }))
}

function specAt ({ host, port, weight, isBackup }: Endpoint, { protocol, checkType }: DiscoveryPlan): BackendSpec {
  const url = new URL(`${protocol}://${urlHost(host)}:${port}`)
  return {
    url: addressText(url),
    name: url.host,
    weight,
    ...(isBackup && { isBackup }),
    ...(checkType !== undefined && { healthCheck: { type: checkType } })
  }
}

/** The endpoint of a backend that was discovered. */
export function endpointOf ({ url: text, weight, isBackup = false }: BackendSpec): Endpoint {
  const url = new URL(text)
  const { protocol, port } = url
  return { host: hostOf(url), port: Number(port) || (protocol === 'https:' ? 443 : 80), weight, isBackup }
}
