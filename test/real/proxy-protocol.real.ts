import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { caCertificate, signed } from '../helpers/certificate.ts'
import { freePorts } from './free-ports.ts'
import { program } from './program.ts'
import { startService, type Service } from './service.ts'
import { tempDir } from './temp-dir.ts'
import { waitFor } from './wait-for.ts'

/** Where each of them listens. `byV1` and `byV2`: HAProxy before the gateway; the last four: backends that want headers. */
type Ports = Readonly<Record<'gateway' | 'admin' | 'ready' | 'byV1' | 'byV2' | 'haproxy' | 'haproxyTls' | 'nginx' | 'nginxTls', number>>

const backends = ['haproxy', 'haproxyTls', 'nginx', 'nginxTls'] as const
const versions = ['v1', 'v2'] as const

/** What each backend answers: the address and port of the client, and where that has connected to. */
const haproxyAnswer = '%[src] %[src_port] %[dst] %[dst_port] %[req.hdr(X-Forwarded-For)]'
const nginxAnswer =
  '$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port $http_x_forwarded_for'

const haproxyConfig = (dir: string, { gateway, ready, byV1, byV2, haproxy, haproxyTls }: Ports): string => `
defaults
  mode tcp
  timeout connect 5s
  timeout client 5s
  timeout server 5s
listen by-v1
  bind 127.0.0.1:${byV1}
  server gateway 127.0.0.1:${gateway} send-proxy
listen by-v2
  bind 127.0.0.1:${byV2}
  server gateway 127.0.0.1:${gateway} send-proxy-v2
frontend ready
  mode http
  bind 127.0.0.1:${ready}
  http-request return status 200
frontend backend
  mode http
  bind 127.0.0.1:${haproxy} accept-proxy
  bind 127.0.0.1:${haproxyTls} accept-proxy ssl crt ${dir}/both.pem
  http-request return status 200 content-type text/plain lf-string "${haproxyAnswer}"
`

const nginxConfig = (dir: string, { ready, nginx, nginxTls }: Ports): string => `
${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
pid ${dir}/nginx.pid;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`).join(' ')}
  server { listen 127.0.0.2:${ready}; return 200; }
  server {
    listen 127.0.0.1:${nginx} proxy_protocol;
    listen 127.0.0.1:${nginxTls} ssl proxy_protocol;
    ssl_certificate ${dir}/both.pem;
    ssl_certificate_key ${dir}/both.pem;
    location / { return 200 "${nginxAnswer}"; }
  }
}
`

/** A service for each backend and each version. */
function fileOf (ports: Ports): string {
  const names = backends.flatMap((backend) => versions.map((version) => [backend, version, `${backend.toLowerCase()}-${version}`] as const))
  const services = names.map(([backend, version, name]) => {
    const url = `${backend.endsWith('Tls') ? 'https' : 'http'}://localhost:${ports[backend]}`
    return `  ${name}: { sendProxy: ${version}, backends: ["${url}"], tls: { ca: ca.pem } }\n`
  })
  return `services:\n${services.join('')}routes:\n${names.map(([, , name]) => `  - { path: /${name}, service: ${name} }\n`).join('')}`
}

async function start (t: TestContext): Promise<{ ports: Ports, gateway: Service }> {
  const dir = tempDir(t)
  const [gateway = 0, admin = 0, ready = 0, byV1 = 0, byV2 = 0, haproxy = 0, haproxyTls = 0, nginx = 0, nginxTls = 0] = await freePorts(9)
  const ports = { gateway, admin, ready, byV1, byV2, haproxy, haproxyTls, nginx, nginxTls }
  writeFileSync(join(dir, 'both.pem'), signed.cert + signed.key)
  writeFileSync(join(dir, 'ca.pem'), caCertificate)
  writeFileSync(join(dir, 'haproxy.cfg'), haproxyConfig(dir, ports))
  writeFileSync(join(dir, 'nginx.conf'), nginxConfig(dir, ports))
  writeFileSync(join(dir, 'evenkeel.yaml'), fileOf(ports))
  await startService(t, program('haproxy'), ['-db', '-f', join(dir, 'haproxy.cfg')], {
    cwd: dir, readyUrl: `http://127.0.0.1:${ready}/`, endSignal: 'SIGUSR1'
  })
  await startService(t, program('nginx'), ['-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log')], {
    cwd: dir, readyUrl: `http://127.0.0.2:${ready}/`, logFile: join(dir, 'error.log'), endSignal: 'SIGQUIT'
  })
  const env = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: `${gateway}`,
    ADMIN_PORT: `${admin}`,
    REGISTRY_FILE: '',
    PROXY_PROTOCOL: '127.0.0.1',
    HEALTH_CHECK_PATH: '/'
  }
  const service = await startService(t, process.execPath, [join(import.meta.dirname, '../../src/server.js')], {
    cwd: dir, env, readyUrl: `http://127.0.0.1:${admin}/readyz`
  })
  return { ports, gateway: service }
}

/** Asks from 127.0.0.2, which is no address of the gateway's neighbours, and tells the port that it asked from. */
function ask (port: number, path: string): Promise<{ from: number, body: string, status: number | undefined }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', localAddress: '127.0.0.2', port, path, agent: false }, (res) => {
      const from = res.socket.localPort as number
      let body = ''
      res.setEncoding('utf8').on('data', (piece: string) => { body += piece })
      res.on('end', () => { resolve({ from, body, status: res.statusCode }) })
    }).on('error', reject).end()
  })
}

test('HAProxy states the client to the gateway, and that to HAProxy and nginx, by v1 and v2', { timeout: 60_000 }, async (t) => {
  const { ports, gateway } = await start(t)
  const { gateway: direct, byV1, byV2 } = ports
  for (const backend of backends) {
    for (const version of versions) {
      const path = `/${backend.toLowerCase()}-${version}`
      // To the gateway itself it comes without a header, and from an address of which none is read.
      for (const port of [byV1, byV2, direct]) {
        const { from, body, status } = await ask(port, path)
        assert.deepEqual([status, body], [200, `127.0.0.2 ${from} 127.0.0.1 ${port} 127.0.0.2`], `${path} by ${port}`)
      }
    }
  }
  const requests = (): string[] => gateway.output().split('\n').filter((line) => line.includes('"msg":"request"'))
  await waitFor('a line for each request', () => requests().length === 3 * backends.length * versions.length)
  assert.deepEqual(new Set(requests().map((line) => JSON.parse(line).client)), new Set(['127.0.0.2']))
})
