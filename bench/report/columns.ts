import type { Metric, Sample } from '../run/sample.ts'
import type { Scenario } from '../run/scenarios.ts'
import { medianOf, ratioOf, type Ratio, type Subject } from './figures.ts'

export interface Column {
  readonly title: string
  readonly cell: (samples: readonly Sample[], subject: Subject) => string
}

const saturateColumns: readonly Column[] = [
  column('CPU per request, µs', 'cpuMicros', 1),
  ratioToNginx('× nginx (least – most)', 'cpuMicros'),
  column('requests/s', 'requestsPerSecond', 0),
  column('p50, ms', 'p50Ms', 2),
  column('p99, ms', 'p99Ms', 2),
  column('peak memory, MiB', 'peakMiB', 0),
  column('of its core, %', 'ownPercent', 0),
  column('others there, %', 'othersPercent', 0)
]

const halfColumns: readonly Column[] = [
  column('saturation, requests/s', 'saturationPerSecond', 0),
  column('half of it', 'ownRatePerSecond', 0),
  column('p50, ms', 'ownP50Ms', 2),
  column('p99, ms', 'ownP99Ms', 2),
  ratioToNginx('p99 × nginx', 'ownP99Ms'),
  column('same rate for all', 'sameRatePerSecond', 0),
  column('p50, ms', 'sameP50Ms', 2),
  column('p99, ms', 'sameP99Ms', 2),
  ratioToNginx('p99 × nginx', 'sameP99Ms'),
  column('generator late by (p99), ms', 'lateP99Ms', 2)
]

const idleColumns: readonly Column[] = [
  column('KiB per connection', 'kibPerConnection', 1),
  column('before, MiB', 'baseMiB', 0),
  column('with them, MiB', 'idleMiB', 0),
  column('peak memory, MiB', 'peakMiB', 0)
]

export function columnsFor (kind: Scenario['kind']): readonly Column[] {
  switch (kind) {
    case 'saturate': return saturateColumns
    case 'half': return halfColumns
    case 'idle': return idleColumns
    default: return kind satisfies never
  }
}

function column (title: string, metric: Metric, digits: number): Column {
  return { title, cell: (samples, subject) => show(medianOf(samples, subject, metric), digits) }
}

function ratioToNginx (title: string, metric: Metric): Column {
  return {
    title,
    cell: (samples, subject) => showRatio(ratioOf(samples, subject, { scenario: subject.scenario, peer: 'nginx' }, metric))
  }
}

export function show (value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '–'
}

export function showRatio ({ median, least, most }: Ratio): string {
  return Number.isFinite(median) ? `${show(median, 2)} (${show(least, 2)} – ${show(most, 2)})` : '–'
}
