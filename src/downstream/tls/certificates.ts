import type { Certificate } from './certificate.ts'
import { ByServerName } from './names.ts'

/** The certificates in force, by server name. Never a stand-in: a name without one gets none, unless a default is named. */
export class Certificates {
  #all: readonly Certificate[] = []
  #byName = new ByServerName<Certificate>()
  readonly #defaultName: string

  /** `defaultName`: of the certificate for clients that ask for no name, or for an unknown one; empty: they are refused. */
  constructor (defaultName = '') {
    this.#defaultName = defaultName
  }

  get all (): readonly Certificate[] {
    return this.#all
  }

  get default (): Certificate | undefined {
    return this.#defaultName === '' ? undefined : this.#all.find(({ name }) => name === this.#defaultName)
  }

  /** From now on, these. Where two are for the same name, the one that expires last is served. */
  replace (certificates: readonly Certificate[]): void {
    const byName = new ByServerName<Certificate>()
    for (const certificate of certificates) {
      for (const name of certificate.names) {
        const other = byName.get(name)
        if (other === undefined || other.expiresAt < certificate.expiresAt) byName.set(name, certificate)
      }
    }
    this.#all = certificates
    this.#byName = byName
  }

  /** The certificate for a client that asks for this server name, or for none. */
  choose (serverName: string | undefined): Certificate | undefined {
    const chosen = serverName === undefined ? undefined : this.#byName.find(serverName)
    return chosen ?? this.default
  }
}
