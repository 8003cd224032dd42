import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Clock } from '../src/base/clock.ts'
import { repeat } from '../src/base/repeat.ts'
import { SettingError } from '../src/config/setting-error.ts'
import { CertificateStore, type CertificateNews } from '../src/downstream/tls/certificate-store.ts'
import { findPairs, findPairsIfAny, type CertificateProblem, type LoadedCertificate } from '../src/downstream/tls/certificate-files.ts'
import { readCertificate, type Certificate, type CertificatePair } from '../src/downstream/tls/certificate.ts'
import { Certificates } from '../src/downstream/tls/certificates.ts'
import { daysUntil, ExpiryWatch, isOverdue, warningFor, type ExpiryWarning } from '../src/downstream/tls/expiry.ts'
import { selfSigned } from '../src/downstream/tls/self-signed.ts'
import { ticketKeysAt, untilNextPeriod } from '../src/downstream/tls/ticket-keys.ts'
import { TlsListener } from '../src/downstream/tls/tls-listener.ts'
import { secretsOf } from '../src/link/process-role.ts'
import { planTls, warnOfNoEffect, type TlsPlan } from './tls-plan.ts'

export interface TlsOptions {
  readonly clock: Clock
}

export interface Tls {
  readonly server: TlsListener
  readonly certificates: Certificates
  /** Its certificates come from files. */
  readonly hasFiles: boolean
  /** The certificate that was made up for want of another. */
  readonly selfSigned: CertificatePair | undefined
  /** What is wrong with files now, whether or not something older is in force in their place. */
  readonly problems: readonly CertificateProblem[]
  sourceOf (certificate: Certificate): 'file' | 'acme' | 'self-signed'
  /** The last threshold of the warnings that it has passed, in days; undefined: none, or it is renewed by itself in good time. */
  warningOf (certificate: Certificate): ExpiryWarning | undefined
  listen (host: string): Promise<void>
  /** Reads files that have changed at once. */
  reload (): Promise<void>
  addFollower (follower: TlsFollower): void
}

/** Who goes by files, or by the section `tls` of the configuration file, too; what these do is done in turn, one after the other. */
export interface TlsFollower {
  /** Files may have changed. `isUrgent`: they are read even if they have just changed. */
  look (isUrgent: boolean): Promise<void>
  /** The configuration file has changed. */
  follow (plan: TlsPlan): Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The TLS listener; undefined without TLS_PORT. It listens when `listen` is called. */
    readonly tls: Tls | undefined
  }
}

const lookMs = 1000

/** Serves clients that come by TLS, with the certificates that lie in files. */
async function tls (fastify: FastifyInstance, { clock }: TlsOptions) {
  const { acme, config, configFile, listener, log, replica, role } = fastify
  if (config.TLS_PORT === '') {
    warnOfNoEffect(fastify)
    fastify.decorate('tls', undefined)
    return
  }
  let plan = planTls(fastify)
  let store = storeFor(plan)
  const certificates = new Certificates()
  const ordered = acme && new CertificateStore(acme.folder, () => acme.pairs())
  const server = new TlsListener({
    listener,
    certificates,
    context: { minVersion: `TLSv${config.TLS_MIN_VERSION}` },
    handshakesPerSecond: config.TLS_HANDSHAKES_PER_SECOND
  })
  const expiry = new ExpiryWatch()
  const followers: TlsFollower[] = []
  let ownPair: CertificatePair | undefined
  let hasFiles = await takeFirst()
  let looked = Promise.resolve()
  let isClosed = false
  let stopLooking: (() => void) | undefined
  let cancelKeys: (() => void) | undefined

  /** Where certificates are ordered, there may be no others. */
  function storeFor ({ certificates, isSaid }: TlsPlan): CertificateStore {
    return new CertificateStore(certificates, isSaid || acme === undefined ? findPairs : findPairsIfAny)
  }

  /** Returns whether there are files. */
  async function takeFirst (): Promise<boolean> {
    const { problems } = await store.look(true)
    const isAlone = store.loaded.length === 0 && acme === undefined
    if (isAlone && !plan.isSaid && config.NODE_ENV !== 'production' && plan.defaultCertificate === '') {
      const warning = 'TLS_PORT is set, but there is no certificate: a self-signed one for localhost is served, which no client trusts'
      if (replica === undefined) log.warn(warning)
      ownPair = replica?.selfSigned ?? selfSigned(clock.date())
      takeSelfSigned(ownPair)
      return false
    }
    const [problem] = problems
    if (problem !== undefined) throw new SettingError('TLS_CERTIFICATES', plan.certificates, `${problem.name}: ${problem.problem}`)
    if (isAlone) throw new SettingError('TLS_CERTIFICATES', plan.certificates, 'there is no certificate NAME.crt in it')
    // One of these that cannot be used is ordered again.
    if (ordered !== undefined) say(await ordered.look(true))
    bringIntoForce()
    const isOrdered = acme?.names.includes(plan.defaultCertificate) === true
    if (plan.defaultCertificate !== '' && certificates.default === undefined && !isOrdered) {
      const names = certificates.all.map(({ name }) => name).join(', ')
      throw new SettingError('TLS_DEFAULT_CERTIFICATE', plan.defaultCertificate, `expected one of ${names}`)
    }
    return true
  }

  function takeSelfSigned (pair: CertificatePair): void {
    const certificate = readCertificate('localhost', pair)
    if (typeof certificate === 'string') throw new Error(certificate)
    certificates.replace([certificate])
  }

  function allLoaded (): LoadedCertificate[] {
    return [...store.loaded, ...ordered?.loaded ?? []]
  }

  function bringIntoForce (): void {
    const loaded = allLoaded()
    certificates.replace(loaded.map(({ certificate }) => certificate), plan.defaultCertificate)
    server.servers.useDefault(loaded.find(({ certificate }) => certificate === certificates.default)?.pair)
    for (const { name, names } of certificates.all) {
      if (names.length === 0) log.warn({ certificate: name }, 'a certificate names no server: it is served only as the default')
    }
  }

  function say ({ taken, dropped, problems }: CertificateNews): void {
    if (taken.length + dropped.length > 0) {
      bringIntoForce()
      log.info({ taken, dropped }, 'certificates in force')
    }
    for (const { name, problem } of problems) log.error({ certificate: name, problem }, 'certificate refused: what was in force stays')
  }

  function isWatched (certificate: Certificate, now: number): boolean {
    return ordered?.has(certificate) !== true || isOverdue(certificate, now)
  }

  function warnOfExpiry (): void {
    const now = clock.date()
    const watched = certificates.all.filter((certificate) => isWatched(certificate, now))
    for (const { certificate: { name, expiresAt }, daysLeft } of expiry.due(watched, now)) {
      const fields = { certificate: name, expires: new Date(expiresAt).toISOString() }
      log.warn(fields, daysLeft < 0 ? 'a certificate has expired' : 'a certificate expires soon')
    }
  }

  function inTurn (task: () => Promise<void>): Promise<void> {
    looked = looked.then(task).catch((err: unknown) => { log.error({ err }, 'the certificates cannot be looked at') })
    return looked
  }

  function look (isUrgent: boolean): Promise<void> {
    return inTurn(async () => {
      if (hasFiles) say(await store.look(isUrgent))
      if (ordered !== undefined) say(await ordered.look(isUrgent))
      for (const follower of followers) await follower.look(isUrgent)
    })
  }

  async function watch (): Promise<void> {
    await look(false)
    if (!isClosed && replica === undefined) warnOfExpiry()
  }

  /** The configuration file has changed. Where none of the certificates that it names can be served, the old ones stay in force. */
  async function follow (next: TlsPlan): Promise<void> {
    if (next.certificates !== store.setting) {
      const nextStore = storeFor(next)
      const news = await nextStore.look(true)
      if (nextStore.loaded.length === 0) {
        const { name, problem } = news.problems[0] ?? { name: next.certificates, problem: 'there is no certificate NAME.crt in it' }
        log.error({ certificate: name, problem }, 'certificates refused: what was in force stays')
        return
      }
      store = nextStore
      hasFiles = true
      plan = next
      say(news)
    } else if (next.defaultCertificate !== plan.defaultCertificate) {
      plan = next
      bringIntoForce()
    }
    if (next.defaultCertificate !== '' && certificates.default === undefined) {
      log.error({ certificate: next.defaultCertificate }, 'there is no certificate of this name: there is no default one')
    }
  }

  const secret = config.TLS_TICKET_SECRET === '' ? secretsOf(role)?.tickets ?? randomBytes(32).toString('hex') : config.TLS_TICKET_SECRET
  function changeTicketKeys (): void {
    const at = clock.date()
    server.servers.useTicketKeys((policyId) => ticketKeysAt(secret, at, policyId))
    cancelKeys = clock.after(untilNextPeriod(clock.date()), changeTicketKeys)
  }

  acme?.serveOn(server, () => look(true))
  fastify.decorate('tls', {
    server,
    certificates,
    get hasFiles () { return hasFiles },
    get selfSigned () { return ownPair },
    get problems () { return hasFiles ? [...store.problems, ...ordered?.problems ?? []] : [] },
    sourceOf: (certificate) => ordered?.has(certificate) === true ? 'acme' : hasFiles ? 'file' : 'self-signed',
    warningOf (certificate) {
      const now = clock.date()
      return isWatched(certificate, now) ? warningFor(daysUntil(certificate.expiresAt, now)) : undefined
    },
    reload: () => look(true),
    addFollower (follower) { followers.push(follower) },
    async listen (host) {
      server.listen(Number(config.TLS_PORT), host)
      await once(server, 'listening')
      acme?.begin()
      const address = server.address()
      if (typeof address === 'object' && address !== null) log.info(`TLS listener: https://${host}:${address.port}`)
    }
  })
  configFile.plans.subscribe(() => {
    const next = planTls(fastify)
    void inTurn(async () => {
      await follow(next)
      for (const follower of followers) await follower.follow(next)
    })
  })
  fastify.addHook('onReady', async () => {
    changeTicketKeys()
    await watch()
    stopLooking = repeat(clock, lookMs, watch, (err) => { log.error({ err }, 'certificates are not watched') })
  })
  fastify.addHook('onClose', async () => {
    isClosed = true
    stopLooking?.()
    cancelKeys?.()
    await looked
  })
}

export default fp(tls, { name: 'tls', dependencies: ['config', 'role', 'config-file', 'downstream', 'acme'], fastify: '5.x' })
