import { parseAddress } from '../base/addresses.ts'
import { RecentCount } from '../base/recent-count.ts'

const maxAddresses = 1000

/** Addresses that have shown the right token, and how many wrong ones each has shown since. An IPv6 /64 counts as one address. */
export class KnownAddresses {
  readonly #wrong = new Map<string, RecentCount>()

  add (address: string): void {
    const network = networkOf(address)
    const wrong = this.#wrong.get(network) ?? new RecentCount()
    this.#wrong.delete(network)
    this.#wrong.set(network, wrong)
    if (this.#wrong.size > maxAddresses) this.#wrong.delete(this.#wrong.keys().next().value as string)
  }

  /** Undefined for an unknown address. */
  wrongTokensOf (address: string): RecentCount | undefined {
    return this.#wrong.get(networkOf(address))
  }
}

/** An IPv4 address in its canonical form, or the first 64 bits of an IPv6 address, which usually belong to one machine. */
export function networkOf (text: string): string {
  const address = parseAddress(text)
  if (address === undefined || !address.text.includes(':')) return address?.text ?? text
  return `${address.words[0]}:${address.words[1]}`
}
