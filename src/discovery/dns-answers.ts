import type { SrvRecord } from 'node:dns'
import type { NameAddress, NameServers } from './name-servers.ts'
import type { Endpoint } from './source.ts'

/** Asks for all addresses of a name, or for its SRV records and the addresses of their targets. */
export interface DnsQuestion {
  readonly type: 'addresses' | 'srv'
  readonly name: string
  /** Of all addresses; SRV records name their own. */
  readonly port: number
  /** Undefined: both. */
  readonly family: 4 | 6 | undefined
}

export interface DnsAnswer {
  readonly endpoints: readonly Endpoint[]
  /** How long it holds at least, in s; undefined where that was not told. */
  readonly ttl: number | undefined
}

const maxWeight = 1000

/** Rejects where a part of the answer cannot be had: half of it would be taken for the whole. */
export async function askDns ({ type, name, port, family }: DnsQuestion, servers: NameServers): Promise<DnsAnswer> {
  if (type === 'addresses') {
    const addresses = await servers.addresses(name, family)
    return answerOf(addresses.map((each) => [each, { port, weight: 1, isBackup: false }]))
  }
  const records = usable(await servers.services(name))
  const found = await Promise.all(records.map(async (record) => {
    const addresses = await servers.addresses(record.name, family)
    return addresses.map((each) => [each, termsOf(record, records)] as const)
  }))
  const { endpoints } = answerOf(found.flat())
  // Node.js does not tell the TTL of SRV records.
  return { endpoints, ttl: undefined }
}

type Terms = Omit<Endpoint, 'host'>

/** Of what is named twice, the first counts. */
function answerOf (found: ReadonlyArray<readonly [NameAddress, Terms]>): DnsAnswer {
  const endpoints = new Map<string, Endpoint>()
  let ttl: number | undefined
  for (const [each, terms] of found) {
    const key = `${each.address} ${terms.port}`
    if (!endpoints.has(key)) endpoints.set(key, { host: each.address, ...terms })
    if (each.ttl !== undefined) ttl = Math.min(each.ttl, ttl ?? Infinity)
  }
  return { endpoints: [...endpoints.values()], ttl }
}

/** A target of "." says that there is no such service (RFC 2782); Node.js gives it as an empty name. The best come first. */
function usable (records: readonly SrvRecord[]): SrvRecord[] {
  return records.filter(({ name, port }) => name !== '' && name !== '.' && port > 0).sort((a, b) => a.priority - b.priority)
}

/**
 * RFC 2782: those of the lowest priority are used, and others only while none of these can be. Weights go up to 65535 there, and are
 * scaled down where one is above 1000; 0 means "hardly ever".
 */
function termsOf ({ port, weight, priority }: SrvRecord, records: readonly SrvRecord[]): Terms {
  const [first] = records
  const heaviest = Math.max(...records.map((record) => record.weight))
  const scale = heaviest > maxWeight ? maxWeight / heaviest : 1
  return { port, weight: Math.max(1, Math.round(weight * scale)), isBackup: priority !== first?.priority }
}
