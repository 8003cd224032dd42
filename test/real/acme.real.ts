import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect } from 'node:tls'
import { memoryLog } from '../helpers/log.ts'
import { startGateway } from '../helpers/gateway.ts'
import { spawnServer, type ServerProcess } from '../helpers/server-process.ts'
import { ShiftedClock } from '../helpers/shifted-clock.ts'
import { atEnd } from './at-end.ts'
import { freePorts } from './free-ports.ts'
import { startPebble } from './pebble.ts'
import { tempDir } from './temp-dir.ts'
import { waitFor } from './wait-for.ts'

const name = 'shop.test'
const patienceMs = 60_000
const dayMs = 86_400_000

/** The serial number of the certificate that a client gets who trusts this root only. */
async function serialAt (tlsPort: number, root: string): Promise<string> {
  const socket = connect({ port: tlsPort, host: '127.0.0.1', servername: name, ca: root })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerCertificate().serialNumber
  } finally {
    socket.destroy()
  }
}

/** All files below a folder, with what others than its owner may do with them. */
function modesIn (folder: string): Array<[string, number]> {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => [file, statSync(join(folder, file)).mode & 0o077])
}

interface Started {
  readonly gateway: ServerProcess
  readonly tlsPort: number
}

async function startOrdering (t: TestContext, settings: Record<string, string>, port: number, tlsPort: number): Promise<Started> {
  const gateway = spawnServer(t, {
    NODE_ENV: 'production',
    WORKERS: workers,
    ACME_DOMAINS: name,
    PORT: `${port}`,
    TLS_PORT: `${tlsPort}`,
    TLS_REDIRECT: 'true',
    ...settings
  }, tempDir(t))
  await gateway.line(/^TLS listener/)
  return { gateway, tlsPort }
}

const workers = process.env['WORKERS'] ?? '1'

/** In all processes, each of which says so. */
function isInForce (started: Started): boolean {
  const processes = workers === '1' ? 1 : Number(workers) + 1
  return messages(started).filter((msg) => msg === 'certificates in force').length >= processes
}

function messages ({ gateway }: Started): string[] {
  return gateway.lines().map(({ msg }) => msg)
}

test('a first certificate comes by http-01, is verified by clients, and a restart orders none', { timeout: 120_000 }, async (t) => {
  const [port = 0, tlsPort = 0, closedPort = 0] = await freePorts(3)
  const pebble = await startPebble(t, { httpPort: port, tlsPort: closedPort })
  const storage = join(tempDir(t), 'acme')
  const settings = { ...pebble.settings, ACME_STORAGE: storage, ACME_EMAIL: 'ops@shop.test' }
  const first = await startOrdering(t, settings, port, tlsPort)
  await waitFor('a certificate', () => isInForce(first), patienceMs)
  const root = await pebble.root()
  const serial = await serialAt(tlsPort, root)
  assert.match(pebble.output(), /validate w\/ HTTP:/)
  assert.deepEqual(modesIn(storage).filter(([, others]) => others !== 0), [])
  const account = readFileSync(join(storage, readdirSync(storage)[0] as string, 'account.pem'), 'utf8')
  first.gateway.kill('SIGTERM')
  assert.deepEqual(await first.gateway.exited, { code: 0, signal: null })
  const orders = (): number => pebble.output().split('Added order').length
  const before = orders()
  const second = await startOrdering(t, settings, port, tlsPort)
  assert.equal(await serialAt(tlsPort, root), serial)
  second.gateway.kill('SIGTERM')
  await second.gateway.exited
  assert.deepEqual([before, orders()], [2, 2])
  assert.equal(readFileSync(join(storage, readdirSync(storage)[0] as string, 'account.pem'), 'utf8'), account)
})

test('where port 80 does not lead to the gateway, it comes by tls-alpn-01', { timeout: 120_000 }, async (t) => {
  const [port = 0, tlsPort = 0, closedPort = 0] = await freePorts(3)
  const pebble = await startPebble(t, { httpPort: closedPort, tlsPort })
  const storage = join(tempDir(t), 'acme')
  const started = await startOrdering(t, { ...pebble.settings, ACME_STORAGE: storage }, port, tlsPort)
  await waitFor('a certificate', () => isInForce(started), patienceMs)
  assert.notEqual(await serialAt(tlsPort, await pebble.root()), '')
  const record = readFileSync(join(storage, readdirSync(storage)[0] as string, 'names', `${name}.json`), 'utf8')
  assert.equal(JSON.parse(record).challenge, 'tls-alpn-01')
  assert.ok(!messages(started).includes('certificate not issued: what was in force stays'))
})

test('it is renewed in time; while the CA is away the old one is served, and that is said once', { timeout: 180_000 }, async (t) => {
  const [port = 0, closedPort = 0] = await freePorts(2)
  const pebble = await startPebble(t, { httpPort: port, tlsPort: closedPort })
  const clock = new ShiftedClock()
  const { logger, lines } = memoryLog()
  const settings = { ...pebble.settings, PORT: `${port}`, TLS_PORT: '0', ACME_DOMAINS: name, ACME_STORAGE: join(tempDir(t), 'acme') }
  const { app } = await startGateway(t, settings, { clock, logger }, port)
  atEnd(t, () => app.close()) // before its folder goes
  await app.tls?.listen('127.0.0.1')
  const { port: tlsPort } = app.tls?.server.address() as AddressInfo
  const issued = async (count: number): Promise<void> => {
    await waitFor(`certificate ${count}`, () => lines('certificates in force').length === count, patienceMs)
  }
  await issued(1)
  const serials = [await serialAt(tlsPort, await pebble.root())]

  clock.shift(61 * dayMs)
  await issued(2)
  serials.push(await serialAt(tlsPort, await pebble.root()))
  assert.equal(new Set(serials).size, 2)

  const root = await pebble.root()
  await pebble.stop()
  const failed = (): number => lines('certificate not issued: what was in force stays').length
  clock.shift(3_700_000)
  for (let rounds = 0; rounds < 3; rounds++) {
    await waitFor('a failure', () => {
      clock.shift(2000)
      return (app.acme?.orders.get('unreachable') ?? 0) > rounds
    }, patienceMs)
    clock.shift(3_700_000)
  }
  assert.equal(failed(), 1)
  assert.equal(await serialAt(tlsPort, root), serials[1])

  await pebble.start()
  await waitFor('the CA to be asked again', () => {
    clock.shift(1000)
    return lines('certificates in force').length === 3
  }, patienceMs)
  assert.notEqual(await serialAt(tlsPort, await pebble.root()), serials[1])
})
