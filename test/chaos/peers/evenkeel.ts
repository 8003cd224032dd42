import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { protocols } from '../clients/protocols.ts'
import type { BackendPlace, Launch, Peer, PeerSetup } from './peer.ts'

const server = fileURLToPath(new URL('../../../src/server.js', import.meta.url))

export const evenkeel: Peer = {
  title: 'Evenkeel',
  program: process.execPath,
  versionArgs: ['--version'],
  endSignal: 'SIGTERM',
  protocols,
  speaksHttp2ToBackends: true,
  hasWorkers: true,
  strategies: {
    'round-robin': 'round-robin',
    'least-connections': 'least-connections',
    'power-of-two-choices': 'power-of-two-choices',
    'least-latency': 'least-latency'
  },
  launch
}

/** As it comes, but for what a scenario is about. */
function launch (setup: PeerSetup): Launch {
  return {
    args: ['--enable-source-maps', server],
    env: {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(setup.port),
      TLS_PORT: String(setup.tlsPort),
      TLS_CERTIFICATES: setup.certificate.folder,
      TLS_DEFAULT_CERTIFICATE: 'site',
      ADMIN_PORT: String(setup.adminPort),
      BACKENDS: setup.backends.map(urlOf).join(','),
      BALANCER: setup.strategy,
      HEALTH_CHECK_INTERVAL_MS: String(setup.checkIntervalMs),
      OUTLIER_FAILURES: String(setup.outlierFailures),
      OUTLIER_EJECT_MS: String(setup.outlierEjectMs),
      SHUTDOWN_TIMEOUT_MS: String(setup.shutdownTimeoutMs),
      WORKERS: String(setup.workers),
      EVENKEEL_EXEC_PATH: pointNodeAt(setup.folder, process.execPath),
      REGISTRY_FILE: setup.workers > 1 ? join(setup.folder, 'registry.json') : '',
      ACCESS_LOG: 'false'
    }
  }
}

/** From now on, a supervisor that takes over runs on this Node.js. Returns the place that it is told by. */
export function pointNodeAt (folder: string, node: string): string {
  const link = join(folder, 'node')
  rmSync(link, { force: true })
  symlinkSync(node, link)
  return link
}

function urlOf ({ protocol, address }: BackendPlace, index: number): string {
  return `${protocol === 'h2c' ? 'h2c' : 'http'}://${address};name=backend-${index + 1}`
}
