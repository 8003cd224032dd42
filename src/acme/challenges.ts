import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AcmeError } from './acme-error.ts'
import type { AcmeStorage } from './storage.ts'

/** How a CA finds out whether this is the server of a name, the first one first. */
export const challengeTypes = ['http-01', 'tls-alpn-01'] as const
export type ChallengeType = typeof challengeTypes[number]

export interface Challenge {
  readonly type: ChallengeType
  readonly name: string
  readonly token: string
}

/** What a CA that is validating will ask for. It is kept in files: the CA may come to any of the gateways that share them. */
export class ChallengeBoard {
  readonly #storage: AcmeStorage

  constructor (storage: AcmeStorage) {
    this.#storage = storage
  }

  async post (challenge: Challenge, keyAuthorization: string): Promise<void> {
    await this.#storage.write(join('challenges', fileOf(challenge)), keyAuthorization)
  }

  async remove (challenge: Challenge): Promise<void> {
    await this.#storage.remove(join('challenges', fileOf(challenge)))
  }

  /** The answer to `/.well-known/acme-challenge/TOKEN` (RFC 8555 section 8.3); undefined where nobody has asked for that. */
  answerTo (token: string): Promise<string | undefined> {
    return /^[\w-]{1,200}$/.test(token) ? this.#read('http-01', token) : Promise.resolve(undefined)
  }

  /** What is to be proved by `acme-tls/1` for this name, one that is configured (RFC 8737). */
  answerFor (name: string): Promise<string | undefined> {
    return this.#read('tls-alpn-01', name)
  }

  #read (type: ChallengeType, what: string): Promise<string | undefined> {
    return readFile(join(this.#storage.folderOf('challenges'), `${type}.${what}`), 'utf8').catch(() => undefined)
  }
}

function fileOf ({ type, name, token }: Challenge): string {
  if (type === 'tls-alpn-01') return `${type}.${name}`
  // It becomes a file's name, and the CA chooses it.
  if (!/^[\w-]{1,200}$/.test(token)) throw new AcmeError('refused', 'the token of the challenge has characters that it must not have')
  return `${type}.${token}`
}
