import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Launch, Peer, PeerSetup } from './peer.ts'

const words = {
  'round-robin': 'round_robin',
  'least-connections': 'least_conn',
  'power-of-two-choices': 'random_choose 2'
} as const

export const caddy: Peer = {
  title: 'Caddy',
  program: 'caddy',
  versionArgs: ['version'],
  endSignal: 'SIGTERM',
  protocols: ['h1', 'h1-tls', 'h2-tls'],
  speaksHttp2ToBackends: false,
  strategies: words,
  launch
}

function launch (setup: PeerSetup): Launch {
  const file = join(setup.folder, 'Caddyfile')
  writeFileSync(file, configuration(setup))
  return {
    args: ['run', '--adapter', 'caddyfile', '--config', file],
    env: { HOME: setup.folder, XDG_DATA_HOME: setup.folder, XDG_CONFIG_HOME: setup.folder }
  }
}

/** The passive checks are for a backend that answers with errors: it gets on with the other faults better without. */
function configuration ({
  backends,
  certificate,
  port,
  tlsPort,
  strategy,
  watchesAnswers,
  checkIntervalMs,
  outlierFailures,
  outlierEjectMs,
  shutdownTimeoutMs
}: PeerSetup): string {
  const watch = watchesAnswers ? `fail_duration ${outlierEjectMs}ms\n    max_fails ${outlierFailures}\n    unhealthy_status 5xx` : ''
  return `{
  admin off
  auto_https off
  grace_period ${shutdownTimeoutMs}ms
  log {
    level WARN
  }
}
(backends) {
  bind 127.0.0.1
  reverse_proxy ${backends.map(({ address }) => address).join(' ')} {
    lb_policy ${words[strategy as keyof typeof words]}
    lb_try_duration 5s
    health_uri /health
    health_interval ${checkIntervalMs}ms
    health_timeout 1s
    ${watch}
    transport http {
      dial_timeout 2s
      response_header_timeout 30s
    }
  }
}
http://127.0.0.1:${port} {
  import backends
}
https://127.0.0.1:${tlsPort} {
  tls ${certificate.certificate} ${certificate.key}
  import backends
}
`
}
