import type { MetricSet } from './metric-set.ts'
import type { WorkerView } from './worker-view.ts'

/** What `/metrics` shows of the workers. One that is down has no figures but those. */
export function exposeWorkers (metrics: MetricSet, workers: () => readonly WorkerView[]): void {
  const labels = ['worker']
  const gauges = [
    ['evenkeel_worker_connections', 'Open client connections of a worker', ({ connections }) => connections],
    [
      'evenkeel_worker_event_loop_utilization',
      'The fraction of the time that the event loop of a worker was busy in the last second',
      ({ eventLoopUtilization }) => eventLoopUtilization
    ],
    ['evenkeel_worker_resident_memory_bytes', 'Resident memory of a worker', ({ residentBytes }) => residentBytes]
  ] satisfies Array<[string, string, (worker: WorkerView) => number]>

  metrics.gauge('evenkeel_worker_up', '1 for a worker that is up', labels, (add) => {
    for (const { number, isUp } of workers()) add({ worker: String(number) }, isUp ? 1 : 0)
  })
  metrics.counter('evenkeel_worker_restarts_total', 'How often a worker was started again', labels, (add) => {
    for (const { number, restarts } of workers()) add({ worker: String(number) }, restarts)
  })
  for (const [name, help, read] of gauges) {
    metrics.gauge(name, help, labels, (add) => {
      for (const worker of workers()) if (worker.isUp) add({ worker: String(worker.number) }, read(worker))
    })
  }
}
