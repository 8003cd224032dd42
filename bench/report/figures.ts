import { median } from '../measure/statistics.ts'
import type { PeerName } from '../peers/peers.ts'
import type { Metric, Sample } from '../run/sample.ts'
import type { ScenarioName } from '../run/scenarios.ts'

export interface Subject {
  readonly scenario: ScenarioName
  readonly peer: PeerName
}

/** A median with the extremes beside it; NaN when nothing counts. */
export interface Ratio {
  readonly median: number
  readonly least: number
  readonly most: number
}

export function samplesOf (samples: readonly Sample[], { scenario, peer }: Subject): Sample[] {
  return samples.filter((sample) => sample.scenario === scenario && sample.peer === peer)
}

/** Why rounds of this subject do not count, each reason once. */
export function problemsOf (samples: readonly Sample[], subject: Subject): string[] {
  return [...new Set(samplesOf(samples, subject).flatMap((sample) => sample.problems))]
}

export function medianOf (samples: readonly Sample[], subject: Subject, metric: Metric): number {
  return median([...validByRound(samples, subject, metric).values()])
}

/** The median of the ratios within each round: what disturbs a whole round disturbs both sides of it. */
export function ratioOf (samples: readonly Sample[], subject: Subject, base: Subject, metric: Metric): Ratio {
  const bases = validByRound(samples, base, metric)
  const ratios: number[] = []
  for (const [round, value] of validByRound(samples, subject, metric)) {
    const divisor = bases.get(round)
    if (divisor !== undefined) ratios.push(value / divisor)
  }
  if (ratios.length === 0) return { median: NaN, least: NaN, most: NaN }
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) }
}

function validByRound (samples: readonly Sample[], subject: Subject, metric: Metric): Map<number, number> {
  const values = new Map<number, number>()
  for (const { round, metrics, problems } of samplesOf(samples, subject)) {
    const value = metrics[metric]
    if (problems.length === 0 && value !== undefined) values.set(round, value)
  }
  return values
}
