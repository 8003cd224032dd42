import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, request, Agent, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { chromium, type BrowserContextOptions } from 'playwright-core'
import { freePorts } from '../real/free-ports.ts'
import { program } from '../real/program.ts'

// Makes the pictures of the README, from the real gateway under some load: npm run screenshots -- [seconds of load, 3 minutes if
// not given]. One backend is drained and one dies before the pictures are made, so that more than sunshine is seen.

const root = join(import.meta.dirname, '../../..')
const loadMs = Number(process.argv[2] ?? 180) * 1000
const desktop = { viewport: { width: 1280, height: 1000 } }
const pictures: Readonly<Record<string, BrowserContextOptions>> = {
  'dashboard-light': desktop,
  'dashboard-dark': { ...desktop, colorScheme: 'dark' },
  'dashboard-phone': { viewport: { width: 390, height: 1250 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }
}

const names = ['orders-1', 'orders-2', 'orders-3', 'orders-4', 'orders-5']
const backends = await Promise.all(names.map((_, i) => startBackend(1 + i * 0.6)))
const accounts = await Promise.all([1, 2].map((ms) => startBackend(ms)))
const file = join(mkdtempSync(join(tmpdir(), 'evenkeel-pictures-')), 'evenkeel.yaml')
writeFileSync(file, JSON.stringify({
  services: {
    orders: { backends: backends.slice(0, 4).map((server, i) => `${urlOf(server)};name=${names[i]}`) },
    accounts: { backends: accounts.map((server, i) => `${urlOf(server)};name=accounts-${i + 1}`) }
  },
  routes: [
    { name: 'orders', path: '/', service: 'orders' },
    { name: 'accounts', path: '/accounts', service: 'accounts' }
  ]
}))
const [port, adminPort] = await freePorts(2)
const admin = `http://127.0.0.1:${adminPort}`
const gateway = spawn(process.execPath, [join(root, 'dist/src/server.js')], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    REGISTRY_FILE: '',
    ACCESS_LOG: 'false',
    CONFIG_FILE: file
  }
})

try {
  await isReady()
  const end = new AbortController()
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const load = run(agent, end.signal)
  await register()
  const lease = setInterval(() => { register().catch(() => {}) }, 5000)
  await pause(loadMs * 0.45)
  await change(1, { weight: 2 })
  await pause(loadMs * 0.35)
  await change(3, { desiredState: 'draining' })
  await pause(loadMs * 0.17)
  backends[2]?.close()
  backends[2]?.closeAllConnections()
  await pause(loadMs * 0.03 + 8000)
  await takePictures()
  clearInterval(lease)
  end.abort()
  await load
  agent.destroy()
} finally {
  gateway.kill()
  for (const backend of [...backends, ...accounts]) {
    backend.close()
    backend.closeAllConnections()
  }
}

async function takePictures (): Promise<void> {
  const browser = await chromium.launch({ executablePath: program('chromium'), args: ['--no-sandbox', '--disable-gpu'] })
  for (const [name, options] of Object.entries(pictures)) {
    const page = await (await browser.newContext({ ...options, timezoneId: 'UTC' })).newPage()
    await page.goto(admin)
    await page.locator('#link[data-link=live]').waitFor()
    await page.locator('#backends-rows tr').first().waitFor()
    await pause(3000) // samples arrive, bars come to rest
    await page.screenshot({ path: join(root, 'docs', `${name}.png`) })
    console.log(`docs/${name}.png`)
  }
  await browser.close()
}

/** Answers after about `ms`, now and then much later, and rarely with a 500. */
async function startBackend (ms: number): Promise<Server> {
  const server = createServer((req, res) => {
    if (req.url === '/health') {
      res.end('ok')
      return
    }
    const slow = Math.random() < 0.01 ? 10 : 1
    setTimeout(() => { res.writeHead(Math.random() < 0.00008 ? 500 : 200).end('ok') }, ms * slow * (0.7 + Math.random() * 0.6))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

function urlOf (server: Server | undefined): string {
  return `http://127.0.0.1:${(server?.address() as AddressInfo).port}`
}

async function isReady (): Promise<void> {
  for (;;) {
    const isUp = await fetch(`${admin}/readyz`).then(({ ok }) => ok, () => false)
    if (isUp) return
    await pause(50)
  }
}

/** The last backend joins by itself, and renews. */
async function register (): Promise<void> {
  const body = JSON.stringify({ url: urlOf(backends[4]), name: names[4], service: 'orders', ttlMs: 15_000 })
  const { ok, status } = await fetch(`${admin}/api/backends`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  if (!ok) throw new Error(`the gateway refuses a backend: ${status}`)
}

async function change (number: number, patch: object): Promise<void> {
  const all = await (await fetch(`${admin}/api/backends`)).json() as Array<{ id: string, name: string }>
  const id = all.find(({ name }) => name === names[number])?.id
  await fetch(`${admin}/api/backends/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(patch)
  })
}

/** Some hundred requests a second, in slow waves. */
async function run (agent: Agent, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const minutes = performance.now() / 60_000
    const perTick = 4 + 1.6 * Math.sin(minutes * 1.1) + 0.6 * Math.sin(minutes * 4.7) + Math.random() - 0.5
    for (let i = 0; i < perTick; i++) {
      const path = i % 4 === 3 ? '/accounts/7' : '/orders'
      request({ port, host: '127.0.0.1', agent, path }, (res) => { res.resume() }).on('error', () => {}).end()
    }
    await pause(10)
  }
}
