import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { exposeTls } from '../src/observe/tls-exposition.ts'

/** Adds the TLS listener, if there is one, to `/metrics`. */
async function tlsMetrics ({ tls, exposition }: FastifyInstance) {
  if (tls === undefined) return
  exposeTls(exposition, { certificates: () => tls.certificates.all, handshakeFailures: tls.server.failures })
}

export default fp(tlsMetrics, { name: 'tls-metrics', dependencies: ['tls', 'metrics'], fastify: '5.x' })
