import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { IdleJob } from '../load/idle-client.ts'
import { memoryKib, openFilesLimit } from '../measure/usage.ts'
import { peerNamed, type PeerName } from '../peers/peers.ts'
import type { BenchContext } from './bench-context.ts'
import { startPinned, stop } from './processes.ts'
import { drive } from './saturate.ts'
import { failed, type Measurement } from './sample.ts'
import type { Scenario } from './scenarios.ts'
import { startTarget, type Target } from './target.ts'

interface Report {
  readonly open: number
  readonly problem?: string
}

const client = join(import.meta.dirname, '..', 'load', 'idle-client.js')
/** Beside the connections: listeners, upstream connections, files. */
const spareFiles = 200

/** What connections cost that only stay open: resident memory with them against resident memory before. */
export async function idle (context: BenchContext, peer: PeerName, scenario: Scenario): Promise<Measurement> {
  const needed = scenario.connections * (peerNamed(peer).filesPerConnection ?? 1) + spareFiles
  if (needed > openFilesLimit()) {
    return failed(`needs ${needed} open files and the limit is ${openFilesLimit()}: raise it (ulimit -Hn, as root) and run again`)
  }
  const target = await startTarget(context, peer, scenario)
  try {
    await drive(context, target, { ...scenario, connections: 64 }, context.warmUpSeconds)
    const beforeKib = await settledMemoryKib(target)
    const holder = holdConnections(context, target, scenario)
    try {
      const opened = await nextReport(holder)
      const afterKib = await settledMemoryKib(target)
      holder.send('check')
      const checked = await nextReport(holder)
      return {
        metrics: {
          baseMiB: beforeKib / 1024,
          idleMiB: afterKib / 1024,
          kibPerConnection: (afterKib - beforeKib) / scenario.connections,
          peakMiB: memoryKib(target.pid, 'VmHWM') / 1024
        },
        problems: problemsOf([opened, checked], scenario.connections)
      }
    } finally {
      await stop(holder)
    }
  } finally {
    await target.stop()
  }
}

/** Connections of the warm-up are gone by then, and a garbage collector has had its chance. */
async function settledMemoryKib (target: Target): Promise<number> {
  await sleep(1500)
  return memoryKib(target.pid, 'VmRSS')
}

function holdConnections (context: BenchContext, target: Target, { connections, exchange }: Scenario): ChildProcess {
  const job: IdleJob = { port: target.port, path: exchange.path, bodyBytes: exchange.responseBytes, connections }
  return startPinned({
    core: context.cores.load,
    command: context.node,
    args: [client, JSON.stringify(job)],
    cwd: target.folder,
    errorFile: join(target.folder, 'idle-client.err'),
    hasChannel: true
  })
}

async function nextReport (holder: ChildProcess): Promise<Report> {
  const [report] = await once(holder, 'message', { signal: AbortSignal.timeout(60_000) }) as [Report]
  return report
}

function problemsOf (reports: readonly Report[], connections: number): string[] {
  return reports.flatMap(({ open, problem }) => {
    const problems = problem === undefined ? [] : [problem]
    if (open < connections) problems.push(`${open} of ${connections} connections open`)
    return problems
  })
}
