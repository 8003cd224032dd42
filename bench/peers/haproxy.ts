import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Launch, Setup } from './peer.ts'

export function haproxy (setup: Setup): Launch {
  const file = join(setup.folder, 'haproxy.cfg')
  writeFileSync(file, configuration(setup))
  return { command: setup.tools.haproxy ?? 'haproxy', args: ['-db', '-f', file] }
}

/** One thread. `no strict-limits`: it reserves two files for every connection, idle ones too, and would refuse to start. */
function configuration ({ backends, certificate, connections, port }: Setup): string {
  return `
global
  nbthread 1
  maxconn ${Math.max(4096, connections + 100)}
  no strict-limits
defaults
  mode http
  timeout connect 2s
  timeout client 300s
  timeout server 300s
  timeout http-keep-alive 300s
  option forwardfor
  option dontlog-normal
  http-reuse always
frontend traffic
  bind 127.0.0.1:${port} backlog 4096${certificate === undefined ? '' : ` ssl crt ${certificate.bundle} alpn h2,http/1.1`}
  default_backend origin
backend origin
  balance roundrobin
${backends.map((backend, index) => `  server b${index} ${backend}`).join('\n')}
`
}
