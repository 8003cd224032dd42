import { createServer, type SecureContextOptions, type Server as TlsServer, type TLSSocket } from 'node:tls'
import type { CertificatePair } from './certificate.ts'
import type { Certificates } from './certificates.ts'
import { ClientPolicies, nobodyAsked, type ClientPolicy } from './client-auth.ts'

export interface TlsServersOptions {
  readonly certificates: Certificates
  /** For the handshakes of all names. */
  readonly context: SecureContextOptions
  readonly protocols: string[]
  readonly onSecure: (socket: TLSSocket, policy: ClientPolicy) => void
  readonly onFailure: (error: NodeJS.ErrnoException, socket: TLSSocket) => void
}

/** The servers of node:tls, one for each thing that clients may be asked for: it is settled before their handshakes begin. */
export class TlsServers {
  readonly #options: TlsServersOptions
  /** By the ids of policies. */
  readonly #servers = new Map<string, TlsServer>()
  #policies = new ClientPolicies(nobodyAsked)
  #defaultPair: CertificatePair | undefined
  #ticketKeysOf: ((policyId: string) => Buffer) | undefined

  constructor (options: TlsServersOptions) {
    this.#options = options
  }

  /** What clients are asked for; another one holds for handshakes that begin from now on. */
  get policies (): ClientPolicies {
    return this.#policies
  }

  set policies (policies: ClientPolicies) {
    this.#policies = policies
    const ids = new Set(policies.all.map(({ id }) => id))
    for (const id of this.#servers.keys()) if (!ids.has(id)) this.#servers.delete(id)
  }

  /** Takes the certificate that is the default now for clients that name no server. */
  useDefault (pair: CertificatePair | undefined): void {
    this.#defaultPair = pair
    for (const policy of this.#policies.all) {
      const server = this.#servers.get(policy.id)
      server?.setSecureContext(this.#contextFor(policy))
      if (this.#ticketKeysOf !== undefined) server?.setTicketKeys(this.#ticketKeysOf(policy.id))
    }
  }

  /** Tickets of before are no longer taken: their clients make a full handshake. A policy has keys of its own. */
  useTicketKeys (keysOf: (policyId: string) => Buffer): void {
    this.#ticketKeysOf = keysOf
    for (const [id, server] of this.#servers) server.setTicketKeys(keysOf(id))
  }

  /** The one for clients that ask for this name. */
  for (serverName: string | undefined): TlsServer {
    const policy = this.#policies.of(serverName)
    const known = this.#servers.get(policy.id)
    if (known !== undefined) return known
    const server = this.#create(policy)
    if (this.#ticketKeysOf !== undefined) server.setTicketKeys(this.#ticketKeysOf(policy.id))
    this.#servers.set(policy.id, server)
    return server
  }

  #create (policy: ClientPolicy): TlsServer {
    const { certificates, protocols, onSecure, onFailure } = this.#options
    const { auth, ca, id } = policy
    const server = createServer({
      ...this.#contextFor(policy),
      ALPNProtocols: protocols,
      requestCert: auth !== 'none',
      // Node would close the connection without a word.
      rejectUnauthorized: false,
      SNICallback: (serverName, done) => {
        const certificate = certificates.choose(serverName)
        if (certificate === undefined || this.#policies.of(serverName).id !== id) done(new Error('no certificate for this name'))
        else done(null, ca === '' ? certificate.context : certificate.contextWith(ca))
      }
    })
    server.on('secureConnection', (socket) => { onSecure(socket, policy) })
    server.on('tlsClientError', onFailure)
    return server
  }

  #contextFor ({ ca }: ClientPolicy): SecureContextOptions {
    return { ...this.#options.context, ...this.#defaultPair, ...(ca !== '' && { ca }) }
  }
}
