import { connect, type AddressInfo, type Server } from 'node:net'
import { hostOf, isLoopback, isWildcard, parseAddress, urlHost } from '../base/addresses.ts'

/** This backend has no address that the gateway can reach, and retrying does not help. */
export class NoAddressError extends Error {}

export interface Found {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * The url at which a gateway reaches `server`: its port, at the address that it listens on or, if it listens on all
 * addresses, at the local address of a connection to the gateway. Rejects with a `NoAddressError` if there is none, and with
 * another error if the gateway cannot be reached.
 */
export async function ownUrl (server: Server, gateway: string, found: Found, protocol?: 'h2' | 'http/1.1'): Promise<string> {
  const listening = server.address() as AddressInfo | string | null
  if (listening === null) throw new NoAddressError('the server is not listening')
  if (typeof listening === 'string') {
    throw new NoAddressError(`the server listens on the socket ${listening}, not on a port; give the "url" of this backend`)
  }
  const { address, port } = listening
  const local = await addressTowards(new URL(gateway), address === '0.0.0.0' ? 4 : undefined, found)
  if (isLoopback(address) && !isLoopback(local)) {
    throw new NoAddressError(
      `the server listens on ${address}, where the gateway ${gateway} cannot reach it; listen on 0.0.0.0, or give the "url" of this backend`
    )
  }
  const host = isWildcard(address) ? local : address
  const parsed = parseAddress(host)
  if (parsed?.zone !== undefined) throw new NoAddressError(`${host} is valid on one network link only; give the "url" of this backend`)
  const plain = protocol === 'h2' ? 'h2c' : 'http'
  return `${'setSecureContext' in server ? 'https' : plain}://${urlHost(parsed?.text ?? host)}:${port}`
}

function addressTowards (gateway: URL, family: 4 | undefined, { timeoutMs, signal }: Found): Promise<string> {
  const { protocol, port } = gateway
  const host = hostOf(gateway)
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) || (protocol === 'https:' ? 443 : 80), ...(family && { family }) })
    const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), signal])
    const stop = (): void => { socket.destroy(new Error('no connection in time')) }
    limit.addEventListener('abort', stop)
    socket.once('connect', () => {
      resolve(socket.localAddress ?? '')
      socket.destroy()
    })
    socket.on('error', reject)
    socket.once('close', () => { limit.removeEventListener('abort', stop) })
    if (limit.aborted) stop()
  })
}
