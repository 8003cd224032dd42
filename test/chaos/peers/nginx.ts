import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Launch, Peer, PeerSetup } from './peer.ts'

const words = {
  'round-robin': '',
  'least-connections': 'least_conn',
  'power-of-two-choices': 'random two least_conn'
} as const

export const nginx: Peer = {
  title: 'nginx',
  program: 'nginx',
  versionArgs: ['-v'],
  endSignal: 'SIGQUIT',
  protocols: ['h1', 'h1-tls', 'h2-tls'],
  speaksHttp2ToBackends: false,
  strategies: { ...words, 'round-robin': 'round robin' },
  launch
}

function launch (setup: PeerSetup): Launch {
  const file = join(setup.folder, 'nginx.conf')
  writeFileSync(file, configuration(setup))
  return { args: ['-c', file, '-p', setup.folder, '-e', join(setup.folder, 'error.log')] }
}

/** Active checks are not in the open-source nginx: what it knows of a backend are its failures with requests. */
function configuration ({
  backends,
  certificate,
  folder,
  port,
  tlsPort,
  strategy,
  outlierFailures,
  outlierEjectMs,
  shutdownTimeoutMs
}: PeerSetup): string {
  const way = words[strategy as keyof typeof words]
  return `
daemon off;
worker_processes 1;
worker_shutdown_timeout ${shutdownTimeoutMs}ms;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  map $http_upgrade $connection_header { default upgrade; '' ''; }
  upstream origin {
    ${way === '' ? '' : `${way};`}
    ${backends.map(({ address }) => `server ${address} max_fails=${outlierFailures} ` +
      `fail_timeout=${Math.ceil(outlierEjectMs / 1000)}s;`).join('\n    ')}
    keepalive 64;
  }
  server {
    listen 127.0.0.1:${port};
    listen 127.0.0.1:${tlsPort} ssl http2;
    ssl_certificate ${certificate.certificate};
    ssl_certificate_key ${certificate.key};
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection $connection_header;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Host $host;
      proxy_connect_timeout 2s;
      proxy_read_timeout 30s;
      proxy_next_upstream error timeout http_500 http_502 http_503 http_504;
      proxy_next_upstream_tries 3;
    }
  }
}
`
}
