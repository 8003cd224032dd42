// Turns samples into the columns of a chart. Pure.
import type { Sample } from '../admin/wire.ts'

/** The time that the page shows and the gateway keeps. */
export const windowMs = 15 * 60_000

/** Less data than this fills only part of the chart. */
const leastWindowMs = 60_000

/** The time range of the charts, ms since the epoch: from the first sample, at most 15 minutes. */
export function windowOf (series: Series, end: number): { readonly from: number, readonly to: number } {
  const first = (series.at[0] ?? end / 1000) * 1000
  const from = Math.max(first, end - windowMs)
  return { from, to: Math.max(end, from + leastWindowMs) }
}

const tickSteps = [15, 30, 60, 120, 240] as const

/** The marks of the time axis, in seconds before the end: up to four, oldest first, with room at the left edge. */
export function ticksOf (lengthMs: number): number[] {
  const seconds = lengthMs / 1000
  const step = tickSteps.find((step) => seconds / step <= 4.01) ?? 240
  const ticks: number[] = []
  for (let tick = step; tick <= seconds * 0.92; tick += step) ticks.unshift(tick)
  return ticks
}

/** A pause longer than this between two samples is shown as a gap in the line. */
const gapMs = 3500

type Column = Array<number | null>

export interface Series {
  /** Seconds since the epoch, as uPlot expects. */
  readonly at: number[]
  readonly requests: Column
  readonly errors: Column
  readonly p50Ms: Column
  readonly p99Ms: Column
}

export function toSeries (samples: readonly Sample[]): Series {
  const series: Series = { at: [], requests: [], errors: [], p50Ms: [], p99Ms: [] }
  let before: number | undefined
  for (const { at, requests, errors, p50Ms, p99Ms } of samples) {
    if (before !== undefined && at - before > gapMs) push(series, (before + at) / 2, null, null, null, null)
    push(series, at, requests, errors, p50Ms, p99Ms)
    before = at
  }
  return series
}

function push (
  series: Series,
  at: number,
  requests: number | null,
  errors: number | null,
  p50Ms: number | null,
  p99Ms: number | null
): void {
  series.at.push(at / 1000)
  series.requests.push(requests)
  series.errors.push(errors)
  series.p50Ms.push(p50Ms)
  series.p99Ms.push(p99Ms)
}

/** The requests of one backend in each of the last `seconds` samples, oldest first; shorter if there are fewer. */
export function requestsOf (samples: readonly Sample[], id: string, seconds: number): number[] {
  return samples.slice(-seconds).map(({ backends }) => backends[id]?.requests ?? 0)
}

/** The maximum of a column, 0 if it is empty. */
export function highest (column: readonly (number | null)[]): number {
  return column.reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
}
