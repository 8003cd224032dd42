import type { PeerName } from '../peers/peers.ts'
import type { ScenarioName } from './scenarios.ts'

/** Everything that can be a column; units are in the names. */
export type Metric =
  | 'cpuMicros' | 'requestsPerSecond' | 'p50Ms' | 'p99Ms' | 'peakMiB' | 'ownPercent' | 'othersPercent'
  | 'baseMiB' | 'idleMiB' | 'kibPerConnection'
  | 'saturationPerSecond' | 'ownRatePerSecond' | 'ownP50Ms' | 'ownP99Ms'
  | 'sameRatePerSecond' | 'sameP50Ms' | 'sameP99Ms' | 'lateP99Ms'

export type Metrics = Readonly<Partial<Record<Metric, number>>>

/** What one peer did in one scenario of one round. With a problem it does not count. */
export interface Sample {
  readonly round: number
  readonly scenario: ScenarioName
  readonly peer: PeerName
  readonly metrics: Metrics
  readonly problems: readonly string[]
}

/** How a problem ends that is the machine's and not the peer's: the sample does not count, and nobody has failed. */
export const notQuiet = 'the machine was not quiet'

export interface Measurement {
  readonly metrics: Metrics
  readonly problems: readonly string[]
}

export function failed (problem: string): Measurement {
  return { metrics: {}, problems: [problem] }
}

/** One peer that breaks does not end the benchmark: its row says so. */
export async function orFailed (measure: () => Promise<Measurement>): Promise<Measurement> {
  try {
    return await measure()
  } catch (error) {
    return failed((error as Error).message)
  }
}
