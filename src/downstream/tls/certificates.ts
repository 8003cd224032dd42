import type { Certificate } from './certificate.ts'
import { ByServerName } from './names.ts'

/** The certificates in force, by server name. Never a stand-in: a name without one gets none, unless a default is named. */
export class Certificates {
  #all: readonly Certificate[] = []
  #byName = new ByServerName<Certificate>()
  #default: Certificate | undefined

  get all (): readonly Certificate[] {
    return this.#all
  }

  get default (): Certificate | undefined {
    return this.#default
  }

  /**
   * From now on, these. Where two are for the same name, the one that expires last is served. `defaultName`: of the one for clients that
   * ask for no name, or for an unknown one; empty: they are refused.
   */
  replace (certificates: readonly Certificate[], defaultName = ''): void {
    const byName = new ByServerName<Certificate>()
    for (const certificate of certificates) {
      for (const name of certificate.names) {
        const other = byName.get(name)
        if (other === undefined || other.expiresAt < certificate.expiresAt) byName.set(name, certificate)
      }
    }
    this.#all = certificates
    this.#byName = byName
    this.#default = certificates.find(({ name }) => name === defaultName)
  }

  /** The certificate for a client that asks for this server name, or for none. */
  choose (serverName: string | undefined): Certificate | undefined {
    const chosen = serverName === undefined ? undefined : this.#byName.find(serverName)
    return chosen ?? this.#default
  }
}
