import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Launch, Setup } from './peer.ts'

/** One processor for the Go scheduler: more would only take turns on the one core. */
export function caddy (setup: Setup): Launch {
  const file = join(setup.folder, 'Caddyfile')
  writeFileSync(file, configuration(setup))
  return {
    command: setup.tools.caddy ?? 'caddy',
    args: ['run', '--adapter', 'caddyfile', '--config', file],
    env: { GOMAXPROCS: '1', HOME: setup.folder, XDG_DATA_HOME: setup.folder, XDG_CONFIG_HOME: setup.folder }
  }
}

function configuration ({ backends, port }: Setup): string {
  return `{
  admin off
  auto_https off
  log {
    level ERROR
  }
}
http://127.0.0.1:${port} {
  bind 127.0.0.1
  reverse_proxy ${backends.join(' ')} {
    lb_policy round_robin
    transport http {
      keepalive 75s
      keepalive_idle_conns_per_host 128
    }
  }
}
`
}
