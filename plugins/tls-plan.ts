import { dirname, resolve } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { ConfigFile as FileContent } from '../src/config/file/schema.ts'
import type { ClientAuth } from '../src/downstream/tls/client-auth.ts'

/** What clients of some names are asked for. */
export interface ClientAuthPlan {
  readonly auth: ClientAuth
  /** A PEM file of authorities; undefined where none is named. */
  readonly caFile: string | undefined
}

/** What the settings and the configuration file say of TLS with clients. */
export interface TlsPlan {
  /** As in TLS_CERTIFICATES. */
  readonly certificates: string
  /** They are named, and not just where they are by default. */
  readonly isSaid: boolean
  readonly defaultCertificate: string
  readonly clients: ClientAuthPlan
  readonly hosts: ReadonlyMap<string, ClientAuthPlan>
}

export type TlsSection = NonNullable<FileContent['tls']>

/** What the file says takes precedence. */
export function planTls ({ config, configFile, settingSources }: FastifyInstance): TlsPlan {
  const { plan, path = '' } = configFile
  const { certificates, defaultCertificate, clientAuth, clientCa, hosts = {} } = plan.tls ?? {}
  const beside = (file: string): string => resolve(dirname(path), file)
  const clients: ClientAuthPlan = {
    auth: clientAuth ?? config.TLS_CLIENT_AUTH,
    caFile: clientCa !== undefined ? beside(clientCa) : config.TLS_CLIENT_CA === '' ? undefined : config.TLS_CLIENT_CA
  }
  return {
    certificates: certificates === undefined ? config.TLS_CERTIFICATES : asSetting(certificates, beside),
    isSaid: certificates !== undefined || settingSources['TLS_CERTIFICATES'] !== undefined,
    defaultCertificate: defaultCertificate ?? config.TLS_DEFAULT_CERTIFICATE,
    clients,
    hosts: new Map(Object.entries(hosts).map(([host, said]) => [
      host, { auth: said.clientAuth, caFile: said.clientCa === undefined ? clients.caFile : beside(said.clientCa) }
    ]))
  }
}

function asSetting (certificates: NonNullable<TlsSection['certificates']>, beside: (file: string) => string): string {
  if (typeof certificates === 'string') return beside(certificates)
  return certificates.map(({ cert, key }) => `${beside(cert)}:${beside(key)}`).join(',')
}

/** For a gateway without TLS_PORT: nothing that an operator writes is silently ignored. */
export function warnOfNoEffect ({ settingSources, configFile, log }: FastifyInstance): void {
  const settings = Object.keys(settingSources).filter((name) => name.startsWith('TLS_') && name !== 'TLS_PORT' && name !== 'TLS_REDIRECT')
  if (settings.length > 0) log.warn({ settings }, 'these settings have no effect without TLS_PORT')
  if (configFile.plan.tls !== undefined) log.warn({ file: configFile.path }, 'the section tls has no effect without TLS_PORT')
}
