import { isIP } from 'node:net'
import { RecentCount } from '../recent-count.ts'

const maxAddresses = 1000

/** Addresses that have shown the right token, and how often each has shown a wrong one since. Those of one IPv6 /64 are one. */
export class KnownAddresses {
  readonly #wrong = new Map<string, RecentCount>()

  add (address: string): void {
    const network = networkOf(address)
    const wrong = this.#wrong.get(network) ?? new RecentCount()
    this.#wrong.delete(network)
    this.#wrong.set(network, wrong)
    if (this.#wrong.size > maxAddresses) this.#wrong.delete(this.#wrong.keys().next().value as string)
  }

  /** Undefined for an address that is not known. */
  wrongTokensOf (address: string): RecentCount | undefined {
    return this.#wrong.get(networkOf(address))
  }
}

/** An IPv4 address as it is, mapped to IPv6 or not; of an IPv6 address the first 64 bits, which one machine has to itself. */
export function networkOf (address: string): string {
  const plain = address.replace(/%.*$/, '').replace(/^::ffff:(?=[0-9]+\.)/i, '')
  if (isIP(plain) !== 6) return plain
  const halves = plain.replace(/[0-9.]+\.[0-9]+$/, '0:0').split('::')
  const [head, tail] = halves.map((half) => half.split(':').filter(Boolean)) as [string[], string[]?]
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...zeros, ...tail ?? []].slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(':')
}
