import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { cameByTls, clientAddressOf, forwardedHops, peerOf } from '../src/downstream/trust.ts'

/**
 * `request.ip`, `request.ips` and `request.protocol` by TRUST_PROXY, as the gateway itself understands them; they cost nothing
 * where nobody asks. `request.host` stays the one that is forwarded, whatever X-Forwarded-Host says.
 */
async function requestAddress (fastify: FastifyInstance) {
  const { trust, config: { TRUST_PROXY } } = fastify
  const trustsNobody = TRUST_PROXY === '' || TRUST_PROXY === 'false'

  decorate('ip', ({ raw: { socket, headers } }) => clientAddressOf(peerOf(socket, trust), headers['x-forwarded-for'], trust))
  decorate('ips', ({ raw: { socket, headers } }) => {
    return trustsNobody ? undefined : forwardedHops(peerOf(socket, trust), headers['x-forwarded-for'], trust)
  })
  decorate('protocol', ({ raw: { socket, headers } }) => {
    return cameByTls(peerOf(socket, trust), headers['x-forwarded-proto']) ? 'https' : 'http'
  })

  /** Takes the place of Fastify's own. */
  function decorate (name: 'ip' | 'ips' | 'protocol', read: (request: FastifyRequest) => unknown): void {
    fastify.decorateRequest(name, { getter (this: FastifyRequest) { return read(this) } } as never)
  }
}

export default fp(requestAddress, { name: 'request-address', dependencies: ['config', 'downstream'], fastify: '5.x' })
