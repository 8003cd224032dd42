import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { signed } from '../../helpers/certificate.ts'
import type { Ports } from '../clients/connections.ts'
import type { Protocol } from '../clients/protocols.ts'
import { freePort } from '../ports.ts'
import { hasEnded, lastLines, start, stop } from '../processes.ts'
import { Family } from './family.ts'
import type { BackendPlace, CertificateFiles, Peer, PeerSettings } from './peer.ts'
import { findProgram } from './programs.ts'

/** More than a busy machine needs for several processes. */
const startTimeoutMs = 60_000

/** A peer that runs. */
export interface Gateway extends Ports {
  /** How clients can come. */
  readonly protocols: readonly Protocol[]
  /** Asks it to end without losing a request. Resolves with its exit code, or the signal that ended it. */
  drain (): Promise<number | string>
  end (): Promise<void>
  /** The processes of a gateway that has workers. */
  readonly family: Family
  readonly folder: string
}

export interface GatewayOptions extends PeerSettings {
  readonly backends: readonly BackendPlace[]
  readonly folder: string
}

/** Resolves when it accepts connections. */
export async function startGateway (peer: Peer, options: GatewayOptions): Promise<Gateway> {
  const program = findProgram(peer.program) ?? peer.program
  const port = await freePort()
  const tlsPort = await freePort()
  const certificate = writeCertificate(options.folder)
  const launch = peer.launch({ ...options, port, tlsPort, certificate, adminPort: await freePort() })
  const logFile = join(options.folder, 'gateway.log')
  const child = start({ command: program, ...launch, cwd: options.folder, logFile })
  await accepts(port, child, logFile)
  await accepts(tlsPort, child, logFile)
  const family = new Family(child.pid as number, logFile)

  return {
    port,
    tlsPort,
    protocols: peer.protocols,
    async drain () {
      const ended = once(child, 'exit')
      child.kill(peer.endSignal)
      const [code, signal] = await ended as [number | null, string | null]
      return code ?? String(signal)
    },
    async end () {
      await stop(child)
      family.end()
    },
    family,
    folder: options.folder
  }
}

function writeCertificate (folder: string): CertificateFiles {
  const files = { folder: join(folder, 'tls'), certificate: join(folder, 'tls', 'site.crt'), key: join(folder, 'tls', 'site.key') }
  const bundle = join(folder, 'site.pem')
  mkdirSync(files.folder)
  writeFileSync(files.certificate, signed.cert)
  writeFileSync(files.key, signed.key)
  writeFileSync(bundle, signed.cert + signed.key)
  return { ...files, bundle }
}

async function accepts (port: number, child: ChildProcess, logFile: string): Promise<void> {
  const end = performance.now() + startTimeoutMs
  while (!await canConnect(port)) {
    if (hasEnded(child) || performance.now() > end) throw new Error(`the gateway did not start: ${lastLines(logFile)}`)
    await pause(20)
  }
}

async function canConnect (port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
