import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Agent, get } from 'node:https'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { caCertificate, signed } from '../helpers/certificate.ts'
import { atEnd } from './at-end.ts'
import { freePorts } from './free-ports.ts'
import { program } from './program.ts'
import { tempDir } from './temp-dir.ts'
import { waitFor } from './wait-for.ts'

export interface PebbleOptions {
  /** Where it validates, in place of 80 and 443. */
  readonly httpPort: number
  readonly tlsPort: number
}

export interface Pebble {
  /** The settings of a gateway that orders from it. */
  readonly settings: Record<string, string>
  /** PEM of the CA that signs. */
  root (): Promise<string>
  /** What it has logged. */
  output (): string
  stop (): Promise<void>
  /** Starts it again: it has forgotten all accounts and orders, and has a new root. */
  start (): Promise<void>
}

/** Let's Encrypt's CA for tests, with a name server that says 127.0.0.1 of every name. It refuses a third of all nonces. */
export async function startPebble (t: TestContext, { httpPort, tlsPort }: PebbleOptions): Promise<Pebble> {
  const folder = tempDir(t)
  const [port = 0, managementPort = 0, dnsPort = 0, dnsManagementPort = 0] = await freePorts(4)
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: file('pebble.crt', signed.cert),
    privateKey: file('pebble.key', signed.key),
    httpPort,
    tlsPort,
    certificateValidityPeriod: 90 * 86_400
  }
  const configFile = file('config.json', JSON.stringify({ pebble: config }))
  const ca = file('ca.crt', caCertificate)
  run(t, 'pebble-challtestsrv', [
    '-dns01', `127.0.0.1:${dnsPort}`, '-management', `127.0.0.1:${dnsManagementPort}`,
    '-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv4', '127.0.0.1', '-defaultIPv6', ''
  ])
  let output = ''
  let pebble: ChildProcess
  const url = `https://127.0.0.1:${port}/dir`
  async function start (): Promise<void> {
    pebble = run(t, 'pebble', ['-config', configFile, '-dnsserver', `127.0.0.1:${dnsPort}`], {
      PEBBLE_WFE_NONCEREJECT: '33', PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0'
    })
    pebble.stdout?.on('data', (bytes) => { output += String(bytes) })
    await waitFor('pebble to answer', async () => await read(url).then(() => true, () => false))
  }
  await start()
  return {
    settings: { ACME_DIRECTORY: url, ACME_CA: ca },
    root: () => read(`https://127.0.0.1:${managementPort}/roots/0`),
    output: () => output,
    start,
    async stop () {
      pebble.kill('SIGKILL')
      await once(pebble, 'close')
    }
  }
}

function run (t: TestContext, name: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(program(name), args, { stdio: ['ignore', 'pipe', 'ignore'], env })
  child.stdout?.resume()
  const ended = once(child, 'close')
  atEnd(t, async () => {
    child.kill('SIGKILL')
    await ended
  })
  return child
}

async function read (url: string): Promise<string> {
  const agent = new Agent({ ca: caCertificate })
  try {
    return await new Promise((resolve, reject) => {
      get(url, { agent, timeout: 1000 }, (res) => {
        let text = ''
        res.setEncoding('utf8').on('data', (piece: string) => { text += piece }).on('end', () => { resolve(text) })
      }).on('error', reject)
    })
  } finally {
    agent.destroy()
  }
}
