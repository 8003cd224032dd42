import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { workersResponse } from '../src/admin/schemas.ts'
import type { Worker } from '../src/admin/wire.ts'
import { exposeWorkers } from '../src/observe/worker-exposition.ts'
import type { WorkerView } from '../src/observe/worker-view.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The processes that serve the traffic, in the order of their numbers; none where it is this one. */
    readonly workers: () => readonly WorkerView[]
  }
}

/** The workers, to read: for Prometheus and for the dashboard. */
async function workers (fastify: FastifyInstance) {
  if (!fastify.hasDecorator('workers')) fastify.decorate('workers', () => [])
  exposeWorkers(fastify.exposition, () => fastify.workers())
  const summary = 'The processes that serve the traffic; none where one process does everything'
  fastify.addApi((api) => {
    api.get('/workers', { schema: { summary, response: { 200: workersResponse } } }, () => fastify.workers().map(viewWorker))
  })
}

function viewWorker ({ isUp, requests, startedAt, ...worker }: WorkerView): Worker {
  return { ...worker, requests: requests ?? null, up: isUp, since: new Date(startedAt).toISOString() }
}

export default fp(workers, { name: 'workers', dependencies: ['admin', 'metrics'], fastify: '5.x' })
