import { isIP, BlockList, type LookupFunction } from 'node:net'
import { networkInterfaces } from 'node:os'
import { SettingError } from '../config/setting-error.ts'
import { plainAddress } from '../forwarding/trust.ts'
import { forbiddenRanges } from './address-ranges.ts'

/** Which addresses backends that register themselves may have. */
export class AddressPolicy {
  readonly #allowed: BlockList
  readonly #forbidden = parseRanges(forbiddenRanges)
  readonly #ownPorts: () => readonly number[]

  /** Reads `REGISTRY_ALLOW`; throws a `SettingError`. `ownPorts` are those that the gateway itself listens on. */
  constructor (allow: string, ownPorts: () => readonly number[]) {
    this.#allowed = parseRanges(allow)
    this.#ownPorts = ownPorts
  }

  /** What speaks against a backend at this address, or undefined. */
  problemWith (address: string, port: number): string | undefined {
    if (has(this.#forbidden, address)) return 'link-local, metadata and group addresses are never backends'
    if (!has(this.#allowed, address)) return 'it is not in REGISTRY_ALLOW'
    if (this.#ownPorts().includes(port) && isOwnAddress(address)) return 'it is the gateway itself'
    return undefined
  }

  /** Finds only addresses that are allowed: what a name stands for may have changed since it registered. */
  guard (lookup: LookupFunction, port: number): LookupFunction {
    return (host, options, callback) => {
      lookup(host, { ...options, all: true }, (error, found) => {
        if (error !== null) return callback(error, '')
        const addresses = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }]
        const allowed = addresses.filter(({ address }) => this.problemWith(address, port) === undefined)
        const [first] = allowed
        if (first === undefined) return callback(Object.assign(new Error(`${host} has no address that is allowed`), { code: 'EVENKEEL_ADDRESS_NOT_ALLOWED' }), '')
        if (options.all === true) callback(null, allowed)
        else callback(null, first.address, first.family)
      })
    }
  }
}

function parseRanges (text: string): BlockList {
  const list = new BlockList()
  for (const range of text.split(',').map((part) => part.trim()).filter(Boolean)) {
    const [address = '', bits, ...rest] = range.split('/')
    const family = isIP(address)
    const most = family === 6 ? 128 : 32
    if (family === 0 || rest.length > 0 || !/^[0-9]+$/.test(bits ?? '0') || Number(bits ?? most) > most) {
      throw new SettingError('REGISTRY_ALLOW', text, `"${range}" is no address and no CIDR`)
    }
    list.addSubnet(address, Number(bits ?? most), family === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

function has (list: BlockList, address: string): boolean {
  const plain = plainAddress(address)
  return list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
}

function isOwnAddress (address: string): boolean {
  const plain = plainAddress(address)
  if (plain === '::1' || plain.startsWith('127.')) return true
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some((own) => own.address === plain))
}
