import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { problemWith } from '../load/verify.ts'
import { peerNamed, type PeerName } from '../peers/peers.ts'
import type { BenchContext } from './bench-context.ts'
import { writeCertificate } from './certificate.ts'
import { freePort } from './free-port.ts'
import { hasEnded, lastLines, startPinned, stop } from './processes.ts'
import type { Scenario } from './scenarios.ts'

/** A proxy that runs, answers, and is alone on its core. */
export interface Target {
  readonly pid: number
  readonly port: number
  /** `http://127.0.0.1:PORT`, or `https:`. */
  readonly origin: string
  readonly folder: string
  readonly stop: () => Promise<void>
}

export interface TargetOptions {
  readonly nodeArgs?: readonly string[]
  /** How long it may take to end when asked: 3 s unless told. */
  readonly patienceMs?: number
}

const readyWithinMs = 20_000

/** Starts the peer anew and returns when it has given a right answer; throws with the reason when it does not. */
export async function startTarget (
  context: BenchContext,
  name: PeerName,
  scenario: Scenario,
  options: TargetOptions = {}
): Promise<Target> {
  const folder = mkdtempSync(join(context.folder, `${name}-`))
  const port = await freePort()
  const origin = `${scenario.client === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  const launch = peerNamed(name).launch({
    port,
    ...scenario.client === undefined ? {} : { certificate: writeCertificate(folder) },
    adminPort: await freePort(),
    backends: context.origin.backends(scenario.backends),
    connections: scenario.connections,
    folder,
    tools: context.tools,
    node: context.node,
    gateway: context.gateway
  })
  const errorFile = join(folder, 'stderr')
  const args = [...(options.nodeArgs ?? []), ...launch.args]
  const child = startPinned({ ...launch, args, core: context.cores.proxy, cwd: folder, errorFile })

  async function end () {
    await stop(child, options.patienceMs)
    if (options.nodeArgs === undefined) rmSync(folder, { recursive: true, force: true })
  }

  const deadline = performance.now() + readyWithinMs
  for (;;) {
    const problem = (await problemBeforeReady(launch.readyUrl)) ?? (await problemWith(origin, scenario.exchange))
    if (problem === undefined) return { pid: child.pid ?? 0, port, origin, folder, stop: end }
    if (hasEnded(child) || performance.now() > deadline) {
      const errors = lastLines(errorFile)
      await end()
      throw new Error(`did not become ready: ${problem}${errors === '' ? '' : `\n${errors}`}`)
    }
    await sleep(50)
  }
}

async function problemBeforeReady (url: string | undefined): Promise<string | undefined> {
  if (url === undefined) return undefined
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(1000) })
    return status === 200 ? undefined : `${url} answers ${status}`
  } catch {
    return `${url} does not answer`
  }
}
