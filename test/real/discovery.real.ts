import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Service } from '../../src/admin/wire.ts'
import { spawnServer } from '../helpers/server-process.ts'
import { atEnd } from './at-end.ts'
import { freePorts } from './free-ports.ts'
import { program } from './program.ts'
import { tempDir } from './temp-dir.ts'
import { waitFor } from './wait-for.ts'

/** A name server that was silent is asked again after 10 s at the latest, and has 3 s for its answer. */
const patienceMs = 30_000

const hosts = ['127.0.0.11', '127.0.0.12', '127.0.0.13'] as const

/** Servers on one port of several addresses of this machine, which say which one they are. */
async function startBackends (t: TestContext): Promise<number> {
  let port = 0
  for (const host of hosts) {
    const server = createServer((_req, res) => { res.end(host) }).listen(port, host)
    await once(server, 'listening')
    ;({ port } = server.address() as AddressInfo)
    atEnd(t, () => {
      server.close()
      server.closeAllConnections()
    })
  }
  return port
}

/** A dnsmasq of the test's own, which says that `api.test` has these addresses, for a second. */
async function startDnsmasq (t: TestContext, port: number, ...addresses: string[]) {
  const file = join(tempDir(t), 'hosts')
  const says = (...of: string[]): void => { writeFileSync(file, of.map((address) => `${address} api.test\n`).join('')) }
  says(...addresses)
  const child = spawn(program('dnsmasq'), [
    '--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--bind-interfaces', '--listen-address=127.0.0.1',
    `--port=${port}`, `--addn-hosts=${file}`, '--local=/test/', '--local-ttl=1', '--pid-file=', '--user='
  ], { stdio: 'ignore' })
  const ended = once(child, 'close')
  atEnd(t, async () => {
    child.kill('SIGKILL')
    await ended
  })
  const resolver = new Resolver({ timeout: 500, tries: 1 })
  resolver.setServers([`127.0.0.1:${port}`])
  await waitFor('dnsmasq to answer', async () => await resolver.resolve4('api.test').then(() => true, () => false))
  return {
    change (...of: string[]): void {
      says(...of)
      child.kill('SIGHUP')
    },
    kill: (signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL') => child.kill(signal)
  }
}

test('backends follow a real name server, and its failures take nothing from them', { timeout: 120_000 }, async (t) => {
  const [port = 0] = await freePorts(1)
  const backendPort = await startBackends(t)
  const dns = await startDnsmasq(t, port, hosts[0], hosts[1])
  const file = join(tempDir(t), 'evenkeel.yaml')
  const discover = `{ dns: api.test, port: ${backendPort}, servers: ["127.0.0.1:${port}"] }`
  writeFileSync(file, `services: { api: { discover: ${discover} } }\nroutes: [{ service: api }]\n`)
  const gateway = spawnServer(t, { NODE_ENV: 'production', CONFIG_FILE: file, ACCESS_LOG: 'false' })
  const [url, adminUrl] = [await gateway.url(), await gateway.adminUrl()]
  let failed = 0
  const ask = async (): Promise<string> => {
    const response = await fetch(url)
    if (!response.ok) failed++
    return await response.text()
  }
  const seen = async (): Promise<string> => [...new Set([await ask(), await ask(), await ask(), await ask()])].sort().join()
  const answers = async (...of: string[]): Promise<void> => {
    await waitFor(`answers of ${of.join()}`, async () => await seen() === of.join(), patienceMs)
  }
  const problem = async (): Promise<string | null> => {
    const services = await (await fetch(`${adminUrl}/api/services`)).json() as Service[]
    return services.find(({ name }) => name === 'api')?.discovery?.problem ?? null
  }

  await answers(hosts[0], hosts[1])
  dns.change(hosts[1], hosts[2])
  await answers(hosts[1], hosts[2])
  dns.kill('SIGSTOP')
  await waitFor('the silence to be noticed', async () => await problem() !== null, patienceMs)
  await answers(hosts[1], hosts[2])
  dns.kill('SIGCONT')
  await waitFor('the answers to be back', async () => await problem() === null, patienceMs)
  dns.change(hosts[0])
  await answers(hosts[0])
  dns.kill('SIGKILL')
  await waitFor('the end to be noticed', async () => await problem() !== null, patienceMs)
  await answers(hosts[0])
  assert.equal(failed, 0)
  const said = (): string[] => gateway.lines().map(({ msg }) => msg).filter((msg) => msg.startsWith('discovery'))
  await waitFor('the last line of the log', () => said().length >= 3)
  const isAway = 'discovery has failed: the backends that were known stay'
  assert.deepEqual(said(), [isAway, 'discovery works again', isAway])
})
