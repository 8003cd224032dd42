import { networkInterfaces } from 'node:os'
import {
  isLoopback, isWildcard, parseAddress, parseRanges, rangesOf, readingsOf, type AddressRanges, type IpAddress
} from '../base/addresses.ts'
import { SettingError } from '../config/setting-error.ts'
import { forbiddenRanges } from './address-ranges.ts'

/** Where the gateway itself listens. */
export interface OwnListener {
  readonly address: string
  readonly port: number
}

/** Which addresses backends that register themselves may have. */
export class AddressPolicy {
  readonly #allowed: AddressRanges
  readonly #forbidden = rangesOf(forbiddenRanges)
  readonly #ownListeners: () => readonly OwnListener[]

  /** Reads `REGISTRY_ALLOW`; throws a `SettingError`. `ownListeners` are those of the moment. */
  constructor (allow: string, ownListeners: () => readonly OwnListener[]) {
    const allowed = parseRanges(allow)
    if (typeof allowed === 'string') throw new SettingError('REGISTRY_ALLOW', allow, allowed)
    this.#allowed = allowed
    this.#ownListeners = ownListeners
  }

  /** What speaks against connecting to this address and port, or undefined. An IPv4 address within an IPv6 one is judged as well. */
  problemWith (address: string, port: number): string | undefined {
    const parsed = parseAddress(address)
    const readings = parsed === undefined ? [] : readingsOf(parsed)
    if (readings.some((reading) => this.#forbidden.has(reading))) return 'link-local, metadata and multicast addresses are never allowed'
    if (readings.length === 0 || !readings.every((reading) => this.#allowed.has(reading))) return 'it is not in REGISTRY_ALLOW'
    if (readings.some((reading) => this.#isOwn(reading, port))) return 'it is the gateway itself'
    return undefined
  }

  #isOwn ({ text }: IpAddress, port: number): boolean {
    return this.#ownListeners().some((own) => own.port === port && isReachedBy(own.address, text))
  }
}

/** Whether a listener on `own` may be what answers at this address. */
function isReachedBy (own: string, text: string): boolean {
  if (isWildcard(own)) return isOfThisMachine(text)
  return isLoopback(own) ? isLoopback(text) : parseAddress(own)?.text === text
}

function isOfThisMachine (text: string): boolean {
  if (isLoopback(text)) return true
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => parseAddress(address)?.text === text))
}
