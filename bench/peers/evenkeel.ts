import { join } from 'node:path'
import type { Launch, Setup } from './peer.ts'

/** As it comes, in production: health checks run every two seconds, which no other peer does here. */
export function evenkeel (setup: Setup): Launch {
  return launch(setup, {})
}

/** The access log goes to a file, as it would go to a collector. */
export function evenkeelWithAccessLog (setup: Setup): Launch {
  return { ...launch(setup, { ACCESS_LOG: 'true', LOG_LEVEL: 'info' }), outputFile: join(setup.folder, 'access.log') }
}

/** What the health checks of a thousand backends cost shows against the row without this. */
export function evenkeelWithRareChecks (setup: Setup): Launch {
  return launch(setup, { HEALTH_CHECK_INTERVAL_MS: '30000' })
}

function launch (setup: Setup, settings: Record<string, string>): Launch {
  return {
    command: setup.node,
    args: [setup.gateway],
    env: {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(setup.port),
      ADMIN_PORT: String(setup.adminPort),
      BACKENDS: setup.backends.map((backend) => `http://${backend}`).join(','),
      HEALTH_CHECK_PATH: '/health',
      ACCESS_LOG: 'false',
      // All 10 000 idle connections come from here.
      MAX_CLIENT_CONNECTIONS: '100000',
      LOG_LEVEL: 'warn',
      ...settings
    },
    readyUrl: `http://127.0.0.1:${setup.adminPort}/readyz`
  }
}
