import { writeFileSync } from 'node:fs'
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

/** With one `onRequest` and one `onResponse` hook of the owner's. */
export function evenkeelWithHooks (setup: Setup): Launch {
  return launch(setup, { PLUGINS: join(import.meta.dirname, 'hooks.js') })
}

/** What the health checks of a thousand backends cost shows against the row without this. */
export function evenkeelWithRareChecks (setup: Setup): Launch {
  return launch(setup, { HEALTH_CHECK_INTERVAL_MS: '30000' })
}

const hosts = ['127.0.0.1', ...Array.from({ length: 999 }, (_, i) => `shop-${i}.example.com`)]
const paths = ['/', '/api', '/api/v1', '/api/v1/orders', '/assets', '/account', '/cart', '/small', '/admin/users', '/status']

/** With a configuration file of 10 000 routes over 1000 hosts, one of which is asked for. */
export function evenkeelWithRoutes (setup: Setup): Launch {
  const file = join(setup.folder, 'evenkeel.yaml')
  const services = { web: { backends: setup.backends.map((backend) => `http://${backend}`) } }
  const routes = hosts.flatMap((host) => paths.map((path) => ({ host, path, service: 'web' })))
  writeFileSync(file, JSON.stringify({ services, routes }))
  return launch(setup, { BACKENDS: '', CONFIG_FILE: file })
}

/** With TLS, the plain listener is on a port that nobody asks. */
function portsOf ({ certificate, port }: Setup): Record<string, string> {
  if (certificate === undefined) return { PORT: String(port) }
  return { PORT: '0', TLS_PORT: String(port), TLS_CERTIFICATES: certificate.folder, TLS_DEFAULT_CERTIFICATE: 'site' }
}

function launch (setup: Setup, settings: Record<string, string>): Launch {
  return {
    command: setup.node,
    args: [setup.gateway],
    env: {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      ...portsOf(setup),
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
