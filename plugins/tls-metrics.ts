import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { exposeTls } from '../src/observe/tls-exposition.ts'

/** Adds the TLS listener, if there is one, to `/metrics`. */
async function tlsMetrics ({ acme, tls, exposition }: FastifyInstance) {
  if (tls === undefined) return
  exposeTls(exposition, {
    certificates: () => tls.certificates.all,
    handshakes: tls.server.handshakes,
    handshakesWaiting: () => tls.server.waiting,
    handshakeFailures: tls.server.failures,
    orders: acme?.orders
  })
}

export default fp(tlsMetrics, { name: 'tls-metrics', dependencies: ['acme', 'tls', 'metrics'], fastify: '5.x' })
