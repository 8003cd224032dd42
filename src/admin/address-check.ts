import type { LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { parseBackendUrl } from '../backends/backend.ts'
import type { AddressPolicy } from '../registry/address-policy.ts'
import { AddressNotAllowedError, InvalidBodyError } from '../errors.ts'
import { addressOf } from '../upstream/dial.ts'

/** Reads the url of a backend that wants to register. Rejects if it is invalid or its address is not allowed. */
export async function allowedUrl (
  text: string,
  checkPort: number | undefined,
  policy: AddressPolicy,
  lookup: LookupFunction
): Promise<URL> {
  const url = parseBackendUrl(text)
  if (typeof url === 'string') throw new InvalidBodyError(`body/url "${text}": ${url}`)
  const dialled = addressOf(url)
  if (dialled.kind === 'unix') throw new AddressNotAllowedError(text, 'unix sockets cannot be registered over the API')
  const { host, port } = dialled
  const ports = [port, ...(checkPort === undefined ? [] : [checkPort])]
  for (const address of isIP(host) === 0 ? await addressesOf(host, text, lookup) : [host]) {
    for (const port of ports) {
      const problem = policy.problemWith(address, port)
      if (problem !== undefined) throw new AddressNotAllowedError(text, problem)
    }
  }
  return url
}

function addressesOf (host: string, text: string, lookup: LookupFunction): Promise<string[]> {
  return new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, found) => {
      if (error === null) resolve((found as LookupAddress[]).map(({ address }) => address))
      else reject(new InvalidBodyError(`body/url "${text}": ${host} has no address`))
    })
  })
}
