import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Launch, Setup } from './peer.ts'

/** Debian's defaults for the buffers (8 of 4 KiB each way). */
export function nginx (setup: Setup): Launch {
  return launch(setup, '')
}

/** What an owner who serves large bodies sets. */
export function nginxLargeBuffers (setup: Setup): Launch {
  return launch(setup, 'proxy_buffering off; proxy_buffer_size 64k; proxy_buffers 8 64k;')
}

function launch (setup: Setup, buffers: string): Launch {
  const file = join(setup.folder, 'nginx.conf')
  writeFileSync(file, configuration(setup, buffers))
  return { command: setup.tools.nginx ?? 'nginx', args: ['-c', file, '-p', setup.folder, '-e', join(setup.folder, 'error.log')] }
}

/** One worker; connections to the backends are kept, and never closed for having served many requests. */
function configuration ({ backends, certificate, connections, folder, port }: Setup, buffers: string): string {
  return `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log crit;
events { worker_connections ${Math.max(4096, 2 * connections + backends.length)}; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  upstream origin {
    ${backends.map((backend) => `server ${backend};`).join('\n    ')}
    keepalive ${128 + backends.length};
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096${certificate === undefined ? '' : ' ssl http2'};
    ${certificate === undefined ? '' : `ssl_certificate ${certificate.certificate}; ssl_certificate_key ${certificate.key};`}
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      ${buffers}
    }
  }
}
`
}
