import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { WorkerView } from '../../src/observe/worker-view.ts'

/** A worker that is up. */
export const aWorker = {
  number: 1,
  pid: 4711,
  isUp: true,
  restarts: 0,
  connections: 12,
  requests: 340,
  eventLoopUtilization: 0.25,
  residentBytes: 104_857_600,
  startedAt: Date.parse('2026-11-27T12:00:00Z')
}

/** An owner's plugin that has a gateway tell of these workers. */
export function withWorkers (...workers: readonly WorkerView[]) {
  return fp(async (fastify: FastifyInstance) => { fastify.decorate('workers', () => workers) })
}
