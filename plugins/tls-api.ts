import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Tls as TlsView } from '../src/admin/wire.ts'
import { viewCertificate, viewPolicy } from '../src/admin/tls-view.ts'
import type { Clock } from '../src/base/clock.ts'

export interface TlsApiOptions {
  readonly clock: Clock
}

const withoutTls: TlsView = { isEnabled: false, certificates: [], problems: [], clientPolicies: [], handshakes: null }

/** Certificates, what clients are asked for, and handshakes, to read. */
async function tlsApi (fastify: FastifyInstance, { clock }: TlsApiOptions) {
  const { acme, tls, clientPolicies, config } = fastify

  function view (): TlsView {
    if (tls === undefined || clientPolicies === undefined) return withoutTls
    const { certificates, server } = tls
    const now = clock.date()
    const problems = [...tls.problems, ...clientPolicies.problems()]
    const known = new Set([...certificates.all, ...problems].map(({ name }) => name))
    const missing = (acme?.names ?? []).filter((name) => !known.has(name))
    return {
      isEnabled: true,
      certificates: certificates.all.map((certificate) => viewCertificate(certificate, now, {
        source: tls.sourceOf(certificate),
        isDefault: certificate === certificates.default,
        warning: tls.warningOf(certificate) ?? null
      })),
      problems: [...problems, ...missing.map((name) => ({ name, problem: 'no certificate has been issued for it yet' }))],
      clientPolicies: clientPolicies.list().map(viewPolicy),
      handshakes: {
        ...server.handshakes,
        failed: Object.fromEntries(server.failures),
        pending: server.pending,
        waiting: server.waiting,
        limitPerSecond: config.TLS_HANDSHAKES_PER_SECOND === 0 ? null : config.TLS_HANDSHAKES_PER_SECOND
      }
    }
  }

  fastify.addApi((api) => {
    api.get('/tls', { schema: { summary: 'TLS with clients: certificates, client certificate policies and handshakes' } }, view)
  })
}

export default fp(tlsApi, { name: 'tls-api', dependencies: ['config', 'acme', 'tls', 'client-certificates', 'admin'], fastify: '5.x' })
