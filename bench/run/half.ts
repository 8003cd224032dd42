import { runPaced, type PacedResult } from '../load/paced.ts'
import type { PeerName } from '../peers/peers.ts'
import type { BenchContext } from './bench-context.ts'
import { drive } from './saturate.ts'
import { failed, notQuiet, orFailed, type Measurement } from './sample.ts'
import type { Scenario } from './scenarios.ts'
import { startTarget, type Target } from './target.ts'

interface Candidate {
  readonly peer: PeerName
  readonly target: Target
  readonly saturationPerSecond: number
}

/** Quiet, it is late by about one millisecond (p99): its own compiler and collector share the core with it. */
const mostLatenessMs = 2

/**
 * Latency at half of the load that saturates each, and at one rate for all: half of what saturates us. All targets live
 * at once, since the common rate is known only when each has been saturated; those that wait are idle.
 */
export async function half (context: BenchContext, peers: readonly PeerName[], scenario: Scenario): Promise<Map<PeerName, Measurement>> {
  const measurements = new Map<PeerName, Measurement>()
  const candidates: Candidate[] = []
  try {
    for (const peer of peers) {
      try {
        const target = await startTarget(context, peer, scenario)
        candidates.push({ peer, target, saturationPerSecond: await saturation(context, target, scenario) })
      } catch (error) {
        measurements.set(peer, failed((error as Error).message))
      }
    }
    const ours = candidates.find((candidate) => candidate.peer === 'evenkeel') ?? candidates[0]
    const sameRate = Math.floor((ours?.saturationPerSecond ?? 0) / 2)
    for (const candidate of candidates) {
      measurements.set(candidate.peer, await orFailed(() => measure(context, candidate, scenario, sameRate)))
    }
  } finally {
    for (const { target } of candidates) await target.stop()
  }
  return measurements
}

async function saturation (context: BenchContext, target: Target, scenario: Scenario): Promise<number> {
  await drive(context, target, scenario, context.warmUpSeconds)
  const { requests, seconds } = await drive(context, target, scenario, context.seconds)
  return requests / seconds
}

async function measure (context: BenchContext, candidate: Candidate, scenario: Scenario, sameRate: number): Promise<Measurement> {
  const ownRate = Math.floor(candidate.saturationPerSecond / 2)
  const own = await pace(context, candidate.target, scenario, ownRate)
  const same = await pace(context, candidate.target, scenario, sameRate)
  return {
    metrics: {
      saturationPerSecond: candidate.saturationPerSecond,
      ownRatePerSecond: own.requests / context.seconds,
      ownP50Ms: own.p50Ms,
      ownP99Ms: own.p99Ms,
      sameRatePerSecond: same.requests / context.seconds,
      sameP50Ms: same.p50Ms,
      sameP99Ms: same.p99Ms,
      lateP99Ms: Math.max(own.lateP99Ms, same.lateP99Ms)
    },
    problems: [own, same].flatMap(problemsOf)
  }
}

/** A latency that the generator made itself is nobody's: something else ran on its core. */
function problemsOf ({ lateP99Ms, problems }: PacedResult): string[] {
  return lateP99Ms <= mostLatenessMs
    ? [...problems]
    : [...problems, `the load generator was late by ${lateP99Ms.toFixed(1)} ms itself (p99): ${notQuiet}`]
}

function pace (context: BenchContext, target: Target, { exchange, connections }: Scenario, perSecond: number): Promise<PacedResult> {
  return runPaced(context.node, context.cores.load, {
    port: target.port,
    path: exchange.path,
    bodyBytes: exchange.responseBytes,
    connections,
    perSecond,
    warmUpSeconds: context.warmUpSeconds,
    seconds: context.seconds
  })
}
