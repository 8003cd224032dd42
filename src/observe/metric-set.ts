import { Counter, Gauge, Registry, type CounterConfiguration, type GaugeConfiguration } from 'prom-client'
import { latencyBounds, type LatencyCounts } from './latency-counts.ts'

export type Labels = Readonly<Record<string, string>>

/** Adds to the value of a metric for these labels. */
type Add = (labels: Labels, value: number) => void

/** Metrics whose values are read when they are asked for, so that requests only pay for counting. */
export class MetricSet {
  readonly prom = new Registry()

  gauge (name: string, help: string, labelNames: readonly string[], read: (add: Add) => void | Promise<void>): void {
    this.prom.registerMetric(new Gauge(configurationOf(name, help, labelNames, read)))
  }

  counter (name: string, help: string, labelNames: readonly string[], read: (add: Add) => void | Promise<void>): void {
    this.prom.registerMetric(new Counter(configurationOf(name, help, labelNames, read)))
  }

  /** `read` gives the counts of each series. */
  histogram (name: string, help: string, read: () => ReadonlyArray<readonly [Labels, LatencyCounts]>): void {
    this.prom.registerMetric(new LatencyMetric(name, help, read) as never)
  }
}

function configurationOf (name: string, help: string, labelNames: readonly string[], read: (add: Add) => void | Promise<void>) {
  const configuration: GaugeConfiguration<string> & CounterConfiguration<string> = {
    name,
    help,
    labelNames: [...labelNames],
    registers: [],
    async collect () {
      this.reset()
      await read((labels, value) => {
        this.inc(labels, value)
      })
    }
  }
  return configuration
}

/** A histogram that is counted elsewhere, in the shape that prom-client expects of a metric. */
class LatencyMetric {
  readonly name: string
  readonly #help: string
  readonly #read: () => ReadonlyArray<readonly [Labels, LatencyCounts]>

  constructor (name: string, help: string, read: () => ReadonlyArray<readonly [Labels, LatencyCounts]>) {
    this.name = name
    this.#help = help
    this.#read = read
  }

  reset (): void {}

  async get (): Promise<object> {
    const values: object[] = []
    for (const [labels, { counts, sumSeconds }] of this.#read()) {
      let total = 0
      for (const [i, count] of counts.entries()) {
        total += count
        values.push({ metricName: `${this.name}_bucket`, labels: { ...labels, le: latencyBounds[i] ?? '+Inf' }, value: total })
      }
      values.push({ metricName: `${this.name}_sum`, labels, value: sumSeconds })
      values.push({ metricName: `${this.name}_count`, labels, value: total })
    }
    return { name: this.name, help: this.#help, type: 'histogram', aggregator: 'sum', values }
  }
}
