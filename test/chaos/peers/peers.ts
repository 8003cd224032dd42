import { caddy } from './caddy.ts'
import { evenkeel } from './evenkeel.ts'
import { haproxy } from './haproxy.ts'
import { nginx } from './nginx.ts'
import type { Peer } from './peer.ts'

/** The names are those of `--peer`; the order is that of the table. */
export const peers = { evenkeel, nginx, haproxy, caddy } satisfies Record<string, Peer>

export type PeerName = keyof typeof peers

export const peerNames = Object.keys(peers) as PeerName[]
