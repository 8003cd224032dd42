import { isIP } from 'node:net'
import type { Address } from './dial.ts'
import type { Names } from './names.ts'

/** Whether a connection to this address leads elsewhere than to the backend; undefined: it is not connected yet. */
export type IsOutdated = (remoteAddress: string | undefined) => boolean

/** Tells when the name of a backend stands for other addresses, until the returned function is called. */
export function watchMoves (
  address: Address, watchName: Names['watch'] | undefined, onMoved: (isOutdated: IsOutdated) => void
): (() => void) | undefined {
  if (address.kind === 'unix' || isIP(address.host) !== 0) return undefined
  return watchName?.(address.host, (addresses) => {
    onMoved((remoteAddress) => remoteAddress !== undefined && !addresses.has(remoteAddress))
  })
}
