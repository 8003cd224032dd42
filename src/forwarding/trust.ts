import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { SettingError } from '../config/setting-error.ts'

/** Whether the forwarding headers of a peer at this address are believed. */
export type Trust = (address: string) => boolean

/** Reads `TRUST_PROXY`: `true`, `false`, or addresses and CIDRs separated by commas. Throws a `SettingError`. */
export function parseTrust (value: string): Trust {
  if (value === 'false' || value === '') return () => false
  if (value === 'true') return () => true
  const trusted = new BlockList()
  for (const entry of value.split(',').map((part) => part.trim())) addTo(trusted, entry, value)
  return (address) => isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

function addTo (list: BlockList, entry: string, value: string): void {
  const [address = '', prefix, ...rest] = entry.split('/')
  const family = isIP(address)
  const bits = family === 6 ? 128 : 32
  const length = prefix === undefined ? bits : Number(prefix)
  if (family === 0 || rest.length > 0 || !/^[0-9]+$/.test(prefix ?? '0') || length > bits) {
    throw new SettingError('TRUST_PROXY', value, `"${entry}" is no address and no CIDR; expected true, false, or some of these separated by commas`)
  }
  list.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4')
}

/** An IPv4 peer of a listener for both families comes as `::ffff:1.2.3.4`; backends should see `1.2.3.4`. */
export function plainAddress (address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/** The address of the client: the peer's or, where the peer is trusted, the last one in its X-Forwarded-For that is not. */
export function clientAddressOf ({ socket, headers }: IncomingMessage, trust: Trust): string {
  let address = plainAddress(socket.remoteAddress ?? 'unknown')
  const forwarded = headers['x-forwarded-for']
  if (forwarded === undefined || !trust(address)) return address
  const hops = String(forwarded).split(',')
  while (trust(address) && hops.length > 0) address = plainAddress((hops.pop() as string).trim())
  return address
}

/** Whether the client came by TLS, as a trusted peer says. */
export function isSecure ({ socket, headers }: IncomingMessage, trust: Trust): boolean {
  return headers['x-forwarded-proto'] === 'https' && trust(plainAddress(socket.remoteAddress ?? 'unknown'))
}
