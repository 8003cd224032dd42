import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Launch, Peer, PeerSetup } from './peer.ts'

const words = {
  'round-robin': 'roundrobin',
  'least-connections': 'leastconn',
  'power-of-two-choices': 'random(2)'
} as const

export const haproxy: Peer = {
  title: 'HAProxy',
  program: 'haproxy',
  versionArgs: ['-v'],
  endSignal: 'SIGUSR1',
  protocols: ['h1', 'h1-tls', 'h2-tls'],
  speaksHttp2ToBackends: false,
  strategies: words,
  launch
}

function launch (setup: PeerSetup): Launch {
  const file = join(setup.folder, 'haproxy.cfg')
  writeFileSync(file, configuration(setup))
  return { args: ['-db', '-f', file] }
}

/**
 * `disable-l7-retry` for POST, as its manual asks for: what was sent is not sent again. `observe layer7` is what it has
 * against a backend that answers with errors; it would take a backend out for refused connections too, which it gets on with
 * better without.
 */
function configuration ({
  backends,
  certificate,
  port,
  tlsPort,
  strategy,
  watchesAnswers,
  checkIntervalMs,
  outlierFailures,
  shutdownTimeoutMs
}: PeerSetup): string {
  const watch = watchesAnswers ? ` observe layer7 error-limit ${outlierFailures} on-error mark-down` : ''
  return `
global
  nbthread 1
  maxconn 4096
  no strict-limits
  hard-stop-after ${shutdownTimeoutMs}ms
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 30s
  timeout tunnel 300s
  timeout check 1s
  timeout http-keep-alive 60s
  retries 3
  option redispatch 1
  retry-on conn-failure empty-response
frontend traffic
  bind 127.0.0.1:${port}
  bind 127.0.0.1:${tlsPort} ssl crt ${certificate.bundle} alpn h2,http/1.1
  default_backend origin
backend origin
  balance ${words[strategy as keyof typeof words]}
  option httpchk GET /health
  http-request disable-l7-retry if METH_POST
  default-server check inter ${checkIntervalMs}ms fall 3 rise 2${watch}
${backends.map(({ address }, index) => `  server backend-${index + 1} ${address}`).join('\n')}
`
}
