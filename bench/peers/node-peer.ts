import { join } from 'node:path'
import type { Launch, Setup } from './peer.ts'

/** A server of bench/node-peers/, run by Node.js 24. */
export function nodePeer (file: string): (setup: Setup) => Launch {
  return (setup) => ({
    command: setup.node,
    args: [join(import.meta.dirname, '..', 'node-peers', `${file}.js`), JSON.stringify({ port: setup.port, backends: setup.backends })],
    env: { NODE_ENV: 'production' }
  })
}
