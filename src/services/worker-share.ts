import { floorOf } from './quota.ts'
import { leastRetries } from './retry-budget.ts'
import type { ServiceSettings } from './service-settings.ts'
import { equalShare } from './worker-loads.ts'

/** What one of `workers` goes by of what an operator says of a service: limits are dealt, all else holds for each of them. */
export function workerShare (settings: ServiceSettings, workers: number): ServiceSettings {
  const { limits } = settings
  return {
    ...settings,
    limits: {
      ...limits,
      maxRequestsPerBackend: equalShare(limits.maxRequestsPerBackend, workers),
      queueSize: Math.ceil(limits.queueSize / workers),
      leastRetries: floorOf(leastRetries, workers)
    }
  }
}
