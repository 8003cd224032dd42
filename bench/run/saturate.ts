import { problemWith } from '../load/verify.ts'
import { runH2load } from '../load/h2load.ts'
import { runWrk, type LoadResult } from '../load/wrk.ts'
import { coreTimes, cpuMicros, memoryKib, shareOfCore } from '../measure/usage.ts'
import { peerNamed, type PeerName } from '../peers/peers.ts'
import type { BenchContext } from './bench-context.ts'
import type { Measurement } from './sample.ts'
import type { Scenario } from './scenarios.ts'
import { startTarget, type Target } from './target.ts'

const mostWarmUps = 4

/** As much as one thread of the load generator gets out of it, and what each request cost. */
export async function saturate (context: BenchContext, peer: PeerName, scenario: Scenario): Promise<Measurement> {
  const target = await startTarget(context, peer, scenario)
  try {
    await warmUp(context, target, scenario)
    await context.origin.reset()
    const cpuBefore = cpuMicros(target.pid)
    const coreBefore = coreTimes(context.cores.proxy)
    const result = await drive(context, target, scenario, Math.min(context.seconds, scenario.maxSeconds ?? Infinity))
    const cpu = cpuMicros(target.pid) - cpuBefore
    const coreAfter = coreTimes(context.cores.proxy)
    return {
      metrics: {
        cpuMicros: cpu / result.requests,
        requestsPerSecond: result.requests / result.seconds,
        p50Ms: result.p50Ms,
        p99Ms: result.p99Ms,
        peakMiB: memoryKib(target.pid, 'VmHWM') / 1024,
        ...shareOfCore(cpu, coreBefore, coreAfter)
      },
      problems: [...result.problems, ...await problemsAfter(context, target, peer, scenario, result)]
    }
  } finally {
    await target.stop()
  }
}

/** Where others take the core, it goes on until the proxy has had its share of it: a compiler needs that more than time. */
async function warmUp (context: BenchContext, target: Target, scenario: Scenario): Promise<void> {
  const before = cpuMicros(target.pid)
  for (let turn = 0; turn < mostWarmUps; turn++) {
    await drive(context, target, scenario, context.warmUpSeconds)
    if (cpuMicros(target.pid) - before > context.warmUpSeconds * 1_000_000 / 2) return
  }
}

export function drive (context: BenchContext, target: Target, scenario: Scenario, seconds: number): Promise<LoadResult> {
  const { client, exchange } = scenario
  if (client === 'h2-tls' || client === 'handshakes') {
    return runH2load({
      h2load: context.tools.h2load ?? 'h2load',
      core: context.cores.load,
      url: `${target.origin}${exchange.path}`,
      shape: client === 'handshakes' ? client : { streams: scenario.connections },
      seconds
    })
  }
  return runWrk({
    wrk: context.tools.wrk ?? 'wrk',
    core: context.cores.load,
    origin: target.origin,
    exchange,
    connections: scenario.connections,
    seconds,
    folder: target.folder
  })
}

/** It must still answer rightly, and have spread what it got. */
async function problemsAfter (
  context: BenchContext,
  target: Target,
  peer: PeerName,
  scenario: Scenario,
  result: LoadResult
): Promise<string[]> {
  const problems: string[] = []
  if (result.requests === 0) problems.push('no request was answered')
  const reached = await context.origin.reached()
  const due = Math.min(scenario.backends, result.requests)
  if (peerNamed(peer).isPerConnection !== true && reached < due) problems.push(`reached ${reached} of ${scenario.backends} backends`)
  const wrong = await problemWith(target.origin, scenario.exchange)
  if (wrong !== undefined) problems.push(`afterwards: ${wrong}`)
  return problems
}
