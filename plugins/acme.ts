import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AcmeClient } from '../src/acme/acme-client.ts'
import type { AcmeFailure } from '../src/acme/acme-error.ts'
import { CertificateKeeper } from '../src/acme/certificate-keeper.ts'
import { challengeCertificate } from '../src/acme/challenge-certificate.ts'
import { ChallengeBoard } from '../src/acme/challenges.ts'
import { parseDomains } from '../src/acme/domains.ts'
import { keptPairs } from '../src/acme/kept-pairs.ts'
import { AcmeStorage } from '../src/acme/storage.ts'
import type { Clock } from '../src/base/clock.ts'
import { SettingError } from '../src/config/setting-error.ts'
import type { PairFiles } from '../src/downstream/tls/certificate-files.ts'
import { plainName } from '../src/downstream/tls/names.ts'
import type { TlsListener } from '../src/downstream/tls/tls-listener.ts'

export interface AcmeOptions {
  readonly clock: Clock
  readonly random: () => number
}

export interface Acme {
  readonly names: readonly string[]
  readonly challenges: ChallengeBoard
  /** Where the certificates are. */
  readonly folder: string
  /** Those that there are. */
  pairs (): Promise<PairFiles[]>
  /** Orders so far, by how they ended. */
  readonly orders: ReadonlyMap<'issued' | AcmeFailure, number>
  /** Proves what CAs want proved on this listener. `onIssued`: there is a new certificate. */
  serveOn (server: TlsListener, onIssued: () => Promise<void>): void
  /** Orders what is due: a CA can come and look from now on. Workers only prove what control orders: they find it all in the folder. */
  begin (): void
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Certificates that are ordered by ACME; undefined without ACME_DOMAINS. */
    readonly acme: Acme | undefined
  }
}

/** Orders certificates and renews them. */
async function acme (fastify: FastifyInstance, { clock, random }: AcmeOptions) {
  const { config, log } = fastify
  if (config.ACME_DOMAINS === '') {
    fastify.decorate('acme', undefined)
    return
  }
  const names = parseDomains(config.ACME_DOMAINS)
  if (typeof names === 'string') throw new SettingError('ACME_DOMAINS', config.ACME_DOMAINS, names)
  if (config.TLS_PORT === '') throw new SettingError('ACME_DOMAINS', config.ACME_DOMAINS, 'certificates are of use only with TLS_PORT')
  if (!URL.canParse(config.ACME_DIRECTORY)) throw new SettingError('ACME_DIRECTORY', config.ACME_DIRECTORY, 'expected a url')
  const ca = readCa(config.ACME_CA)
  const storage = new AcmeStorage(config.ACME_STORAGE, config.ACME_DIRECTORY)
  const challenges = new ChallengeBoard(storage)
  let onIssued = async (): Promise<void> => {}
  const keeper = new CertificateKeeper({
    names,
    storage,
    challenges,
    clock,
    random,
    connect: (key) => new AcmeClient({ directoryUrl: config.ACME_DIRECTORY, email: config.ACME_EMAIL, key, clock, ca }),
    listener: {
      onAccount (terms) { log.info({ directory: config.ACME_DIRECTORY, terms }, 'ACME account made: its terms are accepted by using it') },
      async onIssued (name) {
        log.info({ name }, 'certificate issued')
        await onIssued()
      },
      onFailed (name, { failure, message }, retryAt) {
        const fields = { name, failure, problem: message, retryAt: new Date(retryAt).toISOString() }
        log.error(fields, 'certificate not issued: what was in force stays')
      },
      onWaiting (name, problem, retryAt) {
        log.warn({ name, problem, retryAt: new Date(retryAt).toISOString() }, 'certificate not ordered yet: the last order has failed')
      },
      onBusy () { log.info('certificates are due, but another gateway has the lock in ACME_STORAGE: waiting for it') },
      onUnusable (err) { log.error({ err, folder: storage.folder }, 'ACME_STORAGE cannot be used: no certificate is ordered') }
    }
  })

  /** Proves by `acme-tls/1` that this is the server of the name. */
  async function proofFor (serverName: string) {
    const name = plainName(serverName)
    const keyAuthorization = names.includes(name) ? await challenges.answerFor(name) : undefined
    return keyAuthorization === undefined ? undefined : challengeCertificate(name, keyAuthorization, clock.date())
  }

  fastify.decorate('acme', {
    names,
    challenges,
    folder: storage.folderOf('certificates'),
    pairs: () => keptPairs(storage.folderOf('certificates'), names),
    orders: keeper.orders,
    serveOn (server, reload) {
      onIssued = reload
      server.proofFor = proofFor
    },
    begin: () => { keeper.begin() }
  })
  fastify.addHook('onClose', () => keeper.close())
}

function readCa (file: string): string | undefined {
  if (file === '') return undefined
  let pem: string
  try {
    pem = readFileSync(file, 'utf8')
  } catch (error) {
    throw new SettingError('ACME_CA', file, `it cannot be read: ${(error as Error).message}`)
  }
  // TLS ignores what is none.
  if (!/-----BEGIN CERTIFICATE-----/.test(pem)) throw new SettingError('ACME_CA', file, 'expected a file with certificates as PEM')
  return pem
}

export default fp(acme, { name: 'acme', dependencies: ['config'], fastify: '5.x' })
