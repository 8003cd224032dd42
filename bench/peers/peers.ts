import { caddy } from './caddy.ts'
import { evenkeel, evenkeelWithAccessLog, evenkeelWithHooks, evenkeelWithRareChecks, evenkeelWithRoutes } from './evenkeel.ts'
import { haproxy } from './haproxy.ts'
import { nginx, nginxLargeBuffers } from './nginx.ts'
import { nodePeer } from './node-peer.ts'
import type { Peer } from './peer.ts'

/** All that can be measured; the names are those of `--peer`, of the tables and of the JSON. */
export const peers = {
  nginx: { title: 'nginx', tool: 'nginx', launch: nginx },
  'nginx-large-buffers': { title: 'nginx, 64 KiB buffers', tool: 'nginx', launch: nginxLargeBuffers },
  haproxy: { title: 'HAProxy', tool: 'haproxy', launch: haproxy },
  caddy: { title: 'Caddy', tool: 'caddy', launch: caddy },
  evenkeel: { title: '**Evenkeel**', launch: evenkeel },
  'evenkeel-access-log': { title: '**Evenkeel**, access log on', launch: evenkeelWithAccessLog },
  'evenkeel-hooks': { title: '**Evenkeel**, two hooks', launch: evenkeelWithHooks },
  'evenkeel-rare-checks': { title: '**Evenkeel**, checks every 30 s', launch: evenkeelWithRareChecks },
  'evenkeel-routes': { title: '**Evenkeel**, 10 000 routes', launch: evenkeelWithRoutes },
  'fast-proxy': { title: 'fast-proxy', launch: nodePeer('fast-proxy') },
  'http-proxy': { title: 'http-proxy', launch: nodePeer('http-proxy') },
  httpxy: { title: 'httpxy', launch: nodePeer('httpxy') },
  'fastify-http-proxy': { title: '@fastify/http-proxy', launch: nodePeer('fastify-http-proxy') },
  net: { title: '`net` pass-through (the floor)', isPerConnection: true, filesPerConnection: 2, launch: nodePeer('net') }
} satisfies Record<string, Peer>

export type PeerName = keyof typeof peers

export function isPeerName (name: string): name is PeerName {
  return Object.hasOwn(peers, name)
}

export function peerNamed (name: PeerName): Peer {
  return peers[name]
}
