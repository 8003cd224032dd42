import type { SrvRecord } from 'node:dns'
import { lookup, Resolver } from 'node:dns/promises'

export interface NameAddress {
  readonly address: string
  /** How long this holds, in s; undefined where it was not told. */
  readonly ttl: number | undefined
}

/** What is asked of DNS. A name that has no such record gives an empty list; whatever else goes wrong rejects. */
export interface NameServers {
  addresses (name: string, family: 4 | 6 | undefined): Promise<readonly NameAddress[]>
  services (name: string): Promise<readonly SrvRecord[]>
  /** Ends the questions that are open: they reject. */
  cancel (): void
}

/** A question is asked twice, and waited for about 3 s in all. */
const patience = { timeout: 1000, tries: 2 }

/**
 * Asks these servers (`10.0.0.53`, `127.0.0.1:8600`), or by default those of the system. The system's own lookup, which knows
 * /etc/hosts and the search list, is asked first for a name without a dot, and for one that DNS does not know.
 */
export function createNameServers (servers: readonly string[]): NameServers {
  const isSystem = servers.length === 0
  let resolver = createResolver(servers)
  /**
   * Names with a family that had addresses once. Many a name server fails for a family that its names never have, which takes nothing
   * from the other one's addresses; but where there were some, they are not to be given up for a failure.
   */
  const seen = new Set<string>()

  /** A resolver remembers servers that were away and, once it found none, never looks for others: after a failure, a new one asks. */
  async function asked<Answer> (question: (resolver: Resolver) => Promise<Answer[]>): Promise<Answer[]> {
    const asks = resolver
    try {
      return await question(asks)
    } catch (error) {
      if (isAbsence(error)) return []
      if (resolver === asks) resolver = createResolver(servers)
      throw error
    }
  }

  async function bySystem (name: string, family: 4 | 6 | undefined): Promise<NameAddress[]> {
    try {
      const found = await lookup(name, { all: true, family: family ?? 0 })
      return found.map(({ address }) => ({ address, ttl: undefined }))
    } catch (error) {
      if (isAbsence(error)) return []
      throw error
    }
  }

  return {
    async addresses (name, family) {
      if (isSystem && !name.includes('.')) return await bySystem(name, family)
      const answers = await Promise.allSettled([
        family === 6 ? [] : asked((resolver) => resolver.resolve4(name, { ttl: true })),
        family === 4 ? [] : asked((resolver) => resolver.resolve6(name, { ttl: true }))
      ])
      const found = answers.flatMap((answer) => answer.status === 'fulfilled' ? answer.value : [])
      for (const [i, answer] of answers.entries()) {
        const key = `${name} ${i}`
        if (answer.status === 'fulfilled') {
          if (answer.value.length > 0) seen.add(key)
        } else if (found.length === 0 || seen.has(key)) {
          const error: Error = answer.reason
          throw error
        }
      }
      return found.length === 0 && isSystem ? await bySystem(name, family) : found
    },
    services: async (name) => await asked((resolver) => resolver.resolveSrv(name)),
    cancel () { resolver.cancel() }
  }
}

function createResolver (servers: readonly string[]): Resolver {
  const resolver = new Resolver(patience)
  if (servers.length > 0) resolver.setServers(servers)
  return resolver
}

/** The name is not there, or has no record of this type: that is an answer (RFC 2308, section 2). */
function isAbsence (error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOTFOUND' || code === 'ENODATA'
}
