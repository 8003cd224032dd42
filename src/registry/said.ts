import { parseBackendUrl } from '../backends/address.ts'
import { protocolSpec, proxySpec } from '../backends/protocol.ts'
import type { Protocol, ProxyChoice } from '../base/protocols.ts'
import { readHealthCheck, type HealthCheckView } from '../backends/health-check-view.ts'
import type { AnnouncedRoute, SpecChange } from '../backends/spec.ts'
import type { Registration } from './registrations.ts'

/** How a backend is spoken of over the API and in the registry file. */
export interface Said {
  readonly name?: string
  readonly weight?: number
  readonly protocol?: Protocol
  readonly sendProxy?: ProxyChoice
  readonly zone?: string
  readonly backup?: boolean
  readonly healthCheck?: HealthCheckView
  /** In their normal form. */
  readonly routes?: readonly AnnouncedRoute[]
  readonly ttlMs?: number
  readonly instance?: string
}

export function specOf ({ name, protocol, sendProxy, weight, zone, backup, healthCheck, routes }: Said): SpecChange {
  return {
    ...(name !== undefined && { name }),
    ...(protocol !== undefined && { protocol: protocol === 'h2' ? protocol : undefined }),
    ...(sendProxy !== undefined && { sendProxy: proxySpec(sendProxy).sendProxy }),
    ...(weight !== undefined && { weight }),
    ...(zone !== undefined && { zone }),
    ...(backup !== undefined && { isBackup: backup }),
    ...(healthCheck !== undefined && { healthCheck: readHealthCheck(healthCheck) }),
    ...(routes !== undefined && { routes })
  }
}

/** What an API body, or the file, says of a backend; the url was read before. */
export function registrationOf (
  { url, service, ...said }: Said & { readonly url: string, readonly service?: string | undefined }
): Registration {
  const { instance, ttlMs, weight = 1 } = said
  const read = parseBackendUrl(url) as URL
  const whose = service !== undefined && { service }
  // Of what is not said now, nothing that was said before stays.
  const { protocol, sendProxy } = { ...protocolSpec(read, said.protocol), ...proxySpec(said.sendProxy) }
  return { url: read, ...whose, ...specOf(said), protocol, sendProxy, instance, ttlMs, weight }
}
