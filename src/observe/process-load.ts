import { performance } from 'node:perf_hooks'
import { memoryUsage } from 'node:process'

export interface ProcessLoad {
  /** The fraction of the time that the event loop was busy, 0 to 1. */
  readonly eventLoopUtilization: number
  readonly residentBytes: number
}

/** Returns a function that tells the load of this process: the event loop's since its last call. */
export function createLoadMeter (): () => ProcessLoad {
  let last = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    return { eventLoopUtilization: Math.round(utilization * 1000) / 1000, residentBytes: memoryUsage.rss() }
  }
}
