import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { SettingError } from '../src/config/setting-error.ts'
import { hostKey } from '../src/routing/host.ts'
import { facadeOf } from '../src/downstream/facade/facade.ts'
import type { ClientExchange } from '../src/downstream/client-exchange.ts'
import { MisdirectedError } from '../src/errors.ts'
import type { CertificateProblem } from '../src/downstream/tls/certificate-files.ts'
import { AuthorityFile } from '../src/downstream/tls/authority-file.ts'
import { ClientPolicies, clientPolicy, type ClientPolicy } from '../src/downstream/tls/client-auth.ts'
import type { ClientCertificate } from '../src/downstream/tls/client-certificate.ts'
import { planTls, type ClientAuthPlan, type TlsPlan } from './tls-plan.ts'

/** What clients are asked for: those of a host, and then all others. */
export interface ClientPolicyInForce extends ClientAuthPlan {
  /** May be a wildcard; undefined: all others. */
  readonly host: string | undefined
}

export interface ClientPoliciesInForce {
  list (): ClientPolicyInForce[]
  /** Files of authorities that cannot be used now, whether or not something older is in force in their place. */
  problems (): CertificateProblem[]
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Undefined without TLS_PORT. */
    readonly clientPolicies: ClientPoliciesInForce | undefined
  }
  interface FastifyRequest {
    /** The certificate that the client has shown in the TLS handshake, verified; undefined: it has shown none, or was not asked. */
    readonly clientCertificate: ClientCertificate | undefined
  }
}

/** Asks clients that come by TLS for certificates, as the settings and the configuration file say. */
async function clientCertificates (fastify: FastifyInstance) {
  const { tls, log } = fastify
  fastify.decorateRequest('clientCertificate', {
    getter (this: FastifyRequest) { return facadeOf(this.raw)?.exchange.connection.peer.certificate }
  } as never)
  if (tls === undefined) {
    fastify.decorate('clientPolicies', undefined)
    return
  }
  const { servers } = tls.server
  let plan = planTls(fastify)
  let files = new Map<string, AuthorityFile>()

  /** Reads the files that a plan needs, and returns what is wrong with one of them. */
  async function read ({ clients, hosts }: TlsPlan): Promise<string | undefined> {
    const next = new Map<string, AuthorityFile>()
    for (const { auth, caFile } of [clients, ...hosts.values()]) {
      if (auth === 'none') continue
      if (caFile === undefined) return 'clients are asked for certificates, but no authorities are named'
      const file = files.get(caFile) ?? new AuthorityFile(caFile)
      next.set(caFile, file)
      const problem = await file.look(true)
      if (file.pem === '') return problem ?? `${caFile} cannot be used`
    }
    files = next
    return undefined
  }

  function bringIntoForce (): void {
    const byHost = new Map([...plan.hosts].map(([host, said]) => [host, policyOf(said)]))
    servers.policies = new ClientPolicies(policyOf(plan.clients), byHost)
  }

  function policyOf ({ auth, caFile = '' }: ClientAuthPlan): ClientPolicy {
    return clientPolicy(auth, files.get(caFile)?.pem ?? '')
  }

  function pems (): string {
    return [...files.values()].map(({ pem }) => pem).join('')
  }

  async function look (isUrgent: boolean): Promise<void> {
    const before = pems()
    for (const file of files.values()) {
      const problem = await file.look(isUrgent)
      if (problem !== undefined) log.error({ problem }, 'authorities of clients refused: those that were in force stay')
    }
    if (pems() === before) return
    bringIntoForce()
    log.info({ files: [...files.keys()] }, 'authorities of clients in force')
  }

  /** Where the files that it names cannot be used, what was in force stays: nobody is let in who was not before. */
  async function follow (next: TlsPlan): Promise<void> {
    const problem = await read(next)
    if (problem !== undefined) return log.error({ problem }, 'authorities of clients refused: what is asked of clients stays as it was')
    plan = next
    bringIntoForce()
  }

  /** A client may reuse its connection for a host of another certificate policy, or name one in Host: it must not get around the policy. */
  function isMisdirected ({ head, connection: { peer: { policy } } }: ClientExchange): boolean {
    if (policy === undefined) return false
    const { policies } = servers
    return policy.id !== policies.of(policies.isUniform ? undefined : hostKey(head.host)).id
  }

  const problem = await read(plan)
  if (problem !== undefined) throw new SettingError('TLS_CLIENT_CA', plan.clients.caFile ?? '', problem)
  if (plan.clients.caFile !== undefined && files.size === 0) {
    log.warn('TLS_CLIENT_CA has no effect: no client is asked for a certificate; set TLS_CLIENT_AUTH')
  }
  bringIntoForce()
  fastify.decorate('clientPolicies', {
    list: () => [...[...plan.hosts].map(([host, said]) => ({ host, ...said })), { host: undefined, ...plan.clients }],
    problems: () => [...files.values()].flatMap(({ path, problem }) => problem === undefined ? [] : { name: path, problem })
  })
  tls.addFollower({ look, follow })
  fastify.addHook('onReady', async () => {
    const { listener, forwarder } = fastify
    const take = listener.onExchange
    listener.onExchange = (exchange) => {
      if (!isMisdirected(exchange)) return take(exchange)
      exchange.isLast = true
      forwarder.forward(exchange, { refusal: new MisdirectedError() })
    }
  })
}

export default fp(clientCertificates, { name: 'client-certificates', dependencies: ['tls'], fastify: '5.x' })
