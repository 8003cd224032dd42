import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { atEnd } from './at-end.ts'
import { freePorts } from './free-ports.ts'
import { program } from './program.ts'
import { startService } from './service.ts'
import { tempDir } from './temp-dir.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/coming-from.md'), 'utf8')

/** The first block of docs/coming-from.md in this language, with the ports of this test. */
function example (language: string, ports: Readonly<Record<string, number>>): string {
  const [, text = ''] = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(page) ?? assert.fail(`no example in ${language}`)
  return Object.entries(ports).reduce((result, [written, port]) => result.replaceAll(`:${written}`, `:${port}`), text)
}

/** Backends that say their name and what they were asked for, and switch to another protocol when they are asked to. */
async function startBackends (t: TestContext): Promise<Record<string, number>> {
  const names = { 3001: 'web', 3002: 'web', 3003: 'api', 3004: 'files' }
  const ports: Record<string, number> = {}
  for (const [written, name] of Object.entries(names)) {
    const server = createServer(({ url, headers }, res) => { res.end(`${name} ${url} ${headers.host}`) })
    server.on('upgrade', ({ url }, socket) => {
      socket.end(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-From: ${name} ${url}\r\n\r\n`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    ports[written] = (server.address() as AddressInfo).port
    atEnd(t, () => {
      server.close()
      server.closeAllConnections()
    })
  }
  return ports
}

type Start = (t: TestContext, ports: Record<string, number>, port: number, dir: string) => Promise<unknown>

const gateways: Record<string, Start> = {
  nginx: async (t, ports, port, dir) => {
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`).join(' ')
    const http = `access_log off; ${temporary} ${example('nginx', { ...ports, 8080: port })}`
    const user = process.getuid?.() === 0 ? 'user root;' : ''
    writeFileSync(join(dir, 'nginx.conf'), `${user} daemon off; pid ${dir}/pid; events {} http { ${http} }`)
    await startService(t, program('nginx'), ['-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log')], {
      cwd: dir, readyUrl: `http://127.0.0.1:${port}/`, logFile: join(dir, 'error.log'), endSignal: 'SIGQUIT'
    })
  },
  caddy: async (t, ports, port, dir) => {
    const options = '{\n  admin off\n}\n'
    writeFileSync(join(dir, 'Caddyfile'), options + example('caddyfile', { ...ports, 8080: port }))
    await startService(t, program('caddy'), ['run', '--config', join(dir, 'Caddyfile'), '--adapter', 'caddyfile'], {
      cwd: dir, env: { HOME: dir }, readyUrl: `http://127.0.0.1:${port}/`
    })
  },
  evenkeel: async (t, ports, port, dir) => {
    writeFileSync(join(dir, 'evenkeel.yaml'), example('yaml', ports))
    const [adminPort] = await freePorts(1)
    await startService(t, process.execPath, [join(import.meta.dirname, '../../src/server.js')], {
      cwd: dir,
      env: { NODE_ENV: 'production', HOST: '127.0.0.1', PORT: String(port), ADMIN_PORT: String(adminPort), LOG_LEVEL: 'warn' },
      readyUrl: `http://127.0.0.1:${adminPort}/readyz`
    })
  }
}

const expected: ReadonlyArray<readonly [host: string, path: string, answer: string]> = [
  ['shop.example.com', '/', '200 web / shop.example.com'],
  ['shop.example.com', '/a?b=c', '200 web /a?b=c shop.example.com'],
  ['shop.example.com', '/apis', '200 web /apis shop.example.com'],
  ['shop.example.com', '/api', '200 api /api shop.example.com'],
  ['shop.example.com', '/api/x?y=z', '200 api /api/x?y=z shop.example.com'],
  ['shop.example.com', '/files/a/b?c=d', '200 files /a/b?c=d shop.example.com'],
  ['old.example.com', '/a?b=c', '308 https://shop.example.com/a?b=c']
]

for (const [name, start] of Object.entries(gateways)) {
  test(`the example for ${name} does what docs/coming-from.md says of all of them`, { timeout: 60_000 }, async (t) => {
    const ports = await startBackends(t)
    const [port = 0] = await freePorts(1)
    await start(t, ports, port, tempDir(t))
    for (const [host, path, answer] of expected) assert.equal(await ask(port, host, path), answer, `${host}${path}`)
    assert.equal(await ask(port, 'shop.example.com', '/api/ws', { connection: 'Upgrade', upgrade: 'websocket' }), '101 api /api/ws')
  })
}

function ask (port: number, host: string, path: string, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { host, ...headers } }, (res) => {
      let body = ''
      res.setEncoding('utf8').on('data', (piece: string) => { body += piece })
      res.on('end', () => { resolve(`${res.statusCode} ${res.headers.location ?? body}`) })
    }).on('upgrade', (res, socket) => {
      socket.destroy()
      resolve(`${res.statusCode} ${String(res.headers['x-from'])}`)
    }).on('error', reject).end()
  })
}
