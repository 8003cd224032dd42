import { isIP, type LookupFunction } from 'node:net'

/** What speaks against connecting to this address and port, as a phrase, or undefined. */
export type Guard = (address: string, port: number) => string | undefined

/** No connection was attempted; the message is what the guard said. */
export class AddressRefusedError extends Error {
  readonly code = 'EVENKEEL_ADDRESS_NOT_ALLOWED'
}

/** Finds only the addresses of a name that the guard lets pass at this port, at the moment of connecting. */
export function guarded (lookup: LookupFunction, guard: Guard, port: number): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '')
      const addresses = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }]
      const problems = addresses.map(({ address }) => guard(address, port))
      const allowed = addresses.filter((_, index) => problems[index] === undefined)
      const [first] = allowed
      if (first === undefined) callback(new AddressRefusedError(problems[0] ?? 'it has no address'), '')
      else if (options.all === true) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }
}
