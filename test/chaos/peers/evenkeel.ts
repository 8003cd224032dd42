import { fileURLToPath } from 'node:url'
import type { Launch, Peer, PeerSetup } from './peer.ts'

const server = fileURLToPath(new URL('../../../src/server.js', import.meta.url))

export const evenkeel: Peer = {
  title: 'Evenkeel',
  program: process.execPath,
  versionArgs: ['--version'],
  endSignal: 'SIGTERM',
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
      ADMIN_PORT: String(setup.adminPort),
      BACKENDS: setup.backends.map((backend, index) => `http://${backend};name=backend-${index + 1}`).join(','),
      BALANCER: setup.strategy,
      HEALTH_CHECK_INTERVAL_MS: String(setup.checkIntervalMs),
      OUTLIER_FAILURES: String(setup.outlierFailures),
      OUTLIER_EJECT_MS: String(setup.outlierEjectMs),
      SHUTDOWN_TIMEOUT_MS: String(setup.shutdownTimeoutMs),
      REGISTRY_FILE: '',
      ACCESS_LOG: 'false'
    }
  }
}
