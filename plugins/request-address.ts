import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { clientAddressOf, forwardedHops, isSecure, parseTrust } from '../src/downstream/trust.ts'

/**
 * `request.ip`, `request.ips` and `request.protocol` by TRUST_PROXY, as the gateway itself understands them; they cost nothing
 * where nobody asks. `request.host` stays the one that is forwarded, whatever X-Forwarded-Host says.
 */
async function requestAddress (fastify: FastifyInstance) {
  const { TRUST_PROXY } = fastify.config
  const trust = parseTrust(TRUST_PROXY)
  const trustsNobody = TRUST_PROXY === '' || TRUST_PROXY === 'false'

  decorate('ip', ({ raw }) => clientAddressOf(raw, trust))
  decorate('ips', ({ raw }) => trustsNobody ? undefined : forwardedHops(raw, trust))
  decorate('protocol', ({ raw }) => isSecure(raw, trust) ? 'https' : 'http')

  /** Takes the place of Fastify's own. */
  function decorate (name: 'ip' | 'ips' | 'protocol', read: (request: FastifyRequest) => unknown): void {
    fastify.decorateRequest(name, { getter (this: FastifyRequest) { return read(this) } } as never)
  }
}

export default fp(requestAddress, { name: 'request-address', dependencies: ['config'], fastify: '5.x' })
