import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { CertificatePair } from '../downstream/tls/certificate.ts'
import { textIn, type AcmeClient, type AcmeReply } from './acme-client.ts'
import { AcmeError, problemOf } from './acme-error.ts'
import { requestCertificate } from './certificate-request.ts'
import type { ChallengeBoard, ChallengeType } from './challenges.ts'

export interface OrderOptions {
  readonly client: AcmeClient
  readonly challenges: ChallengeBoard
  readonly name: string
  readonly challengeType: ChallengeType
  /** The id of the certificate that is renewed, for a CA that wants to know (RFC 9773 section 5). */
  readonly replaces?: string | undefined
}

/** How long the CA may take to decide, in ms: it connects to the gateway from several places. */
const patienceMs = 180_000
const firstPauseMs = 1000
const maxPauseMs = 10_000

/** Orders a certificate (RFC 8555 section 7.4): resolves with it and its chain, and with a new key; rejects with an `AcmeError`. */
export async function orderCertificate (options: OrderOptions): Promise<CertificatePair> {
  const { client, name } = options
  const { location, object } = await begin(options)
  if (location === undefined) throw new AcmeError('refused', 'the CA did not say where the order is')
  const { csr, key } = requestCertificate(name)
  const patience = new Patience(client)
  let order = object
  let isAuthorized = false
  let isFinalized = false
  for (;;) {
    const status = textIn(order, 'status') as 'pending' | 'ready' | 'processing' | 'valid' | 'invalid'
    switch (status) {
      case 'pending':
        if (isAuthorized) await patience.wait()
        else for (const url of urlsIn(order, 'authorizations')) await authorize(url, options)
        isAuthorized = true
        break
      case 'ready':
        if (isFinalized) await patience.wait()
        else await finalize(client, textIn(order, 'finalize'), csr)
        isFinalized = true
        break
      case 'processing':
        await patience.wait()
        break
      case 'valid': {
        const pair = { cert: (await client.post(textIn(order, 'certificate'))).text, key }
        verify(pair, name, client.clock.date())
        return pair
      }
      case 'invalid':
        throw new AcmeError('refused', `the order has failed${reasonIn(order)}`)
      default:
        throw new AcmeError('refused', `the order is ${status satisfies never}, which is unknown`)
    }
    order = patience.note(await client.post(location)).object
  }
}

async function begin ({ client, name, replaces }: OrderOptions): Promise<AcmeReply> {
  const order = { identifiers: [{ type: 'dns', value: name }] }
  const url = client.urlOf('newOrder')
  if (replaces === undefined) return await client.post(url, order)
  try {
    return await client.post(url, { ...order, replaces })
  } catch (error) {
    // It does not know that certificate, or knows it as replaced.
    if (!(error instanceof AcmeError) || error.failure !== 'refused') throw error
    return await client.post(url, order)
  }
}

/** Proves that this is the server of the name (RFC 8555 section 7.5). */
async function authorize (url: string, { client, challenges, name, challengeType }: OrderOptions): Promise<void> {
  let authorization = (await client.post(url)).object
  if (authorization['status'] === 'valid') return
  const offered = challengesIn(authorization)
  const challenge = offered.find(({ type }) => type === challengeType)
  if (challenge === undefined) throw new AcmeError('challenge-failed', `the CA offers no ${challengeType} for ${name}`)
  const posted = { type: challengeType, name, token: textIn(challenge, 'token') }
  const patience = new Patience(client)
  try {
    await challenges.post(posted, client.key.authorizationOf(posted.token))
    await client.post(textIn(challenge, 'url'), {})
    for (;;) {
      authorization = patience.note(await client.post(url)).object
      if (authorization['status'] !== 'pending') break
      await patience.wait()
    }
  } finally {
    await challenges.remove(posted)
  }
  if (authorization['status'] === 'valid') return
  const failed = challengesIn(authorization).find(({ type }) => type === challengeType)
  throw new AcmeError('challenge-failed', `${challengeType} has failed${failed === undefined ? '' : reasonIn(failed)}`)
}

async function finalize (client: AcmeClient, url: string, csr: Buffer): Promise<void> {
  try {
    await client.post(url, { csr: csr.toString('base64url') })
  } catch (error) {
    // The request had got there, though no answer came back.
    if (!(error instanceof AcmeError) || error.code !== 'orderNotReady') throw error
  }
}

/** What cannot be served must not replace what can. */
function verify ({ cert, key }: CertificatePair, name: string, now: number): void {
  let problem: string | undefined
  try {
    const certificate = new X509Certificate(cert)
    if (!certificate.checkPrivateKey(createPrivateKey(key))) problem = 'is for another key'
    else if (certificate.checkHost(name) === undefined) problem = `is not for ${name}`
    else if (Date.parse(certificate.validTo) <= now) problem = 'has expired'
  } catch {
    problem = 'cannot be read'
  }
  if (problem !== undefined) throw new AcmeError('refused', `the certificate that the CA has made ${problem}`)
}

function urlsIn (object: AcmeReply['object'], name: string): string[] {
  const urls = object[name]
  return Array.isArray(urls) ? urls.map(String) : []
}

function challengesIn ({ challenges }: AcmeReply['object']): Array<AcmeReply['object']> {
  return Array.isArray(challenges) ? challenges as Array<AcmeReply['object']> : []
}

function reasonIn ({ error }: AcmeReply['object']): string {
  return error === undefined ? '' : `: ${problemOf(error, 0, 0).message.replace('the CA answers 0: ', '')}`
}

/** Waits for the CA to decide: for as long as it says, or a little longer each time. */
class Patience {
  readonly #client: AcmeClient
  readonly #endsAt: number
  #pauseMs = firstPauseMs
  #askedMs = 0

  constructor (client: AcmeClient) {
    this.#client = client
    this.#endsAt = client.clock.now() + patienceMs
  }

  note (reply: AcmeReply): AcmeReply {
    this.#askedMs = reply.retryAfterMs
    return reply
  }

  async wait (): Promise<void> {
    const pauseMs = Math.min(Math.max(this.#askedMs, this.#pauseMs), 3 * maxPauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 1.5, maxPauseMs)
    const isOver = this.#client.clock.now() + pauseMs > this.#endsAt
    if (isOver) throw new AcmeError('timeout', `the CA has not decided within ${patienceMs / 60_000} min`)
    await this.#client.wait(pauseMs)
  }
}
