import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../ports.ts'
import { hasEnded, lastLines, start, stop } from '../processes.ts'
import type { Peer, PeerSettings } from './peer.ts'
import { findProgram } from './programs.ts'

const startTimeoutMs = 10_000

/** A peer that runs. */
export interface Gateway {
  readonly port: number
  /** Asks it to end without losing a request. Resolves with its exit code, or the signal that ended it. */
  drain (): Promise<number | string>
  end (): Promise<void>
}

export interface GatewayOptions extends PeerSettings {
  readonly backends: readonly string[]
  readonly folder: string
}

/** Resolves when it accepts connections. */
export async function startGateway (peer: Peer, options: GatewayOptions): Promise<Gateway> {
  const program = findProgram(peer.program) ?? peer.program
  const port = await freePort()
  const launch = peer.launch({ ...options, port, adminPort: await freePort() })
  const logFile = join(options.folder, 'gateway.log')
  const child = start({ command: program, ...launch, cwd: options.folder, logFile })
  await accepts(port, child, logFile)

  return {
    port,
    async drain () {
      const ended = once(child, 'exit')
      child.kill(peer.endSignal)
      const [code, signal] = await ended as [number | null, string | null]
      return code ?? String(signal)
    },
    end: () => stop(child)
  }
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
