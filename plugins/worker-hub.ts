import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { packageVersion } from '../src/base/package-version.ts'
import type { Clock } from '../src/base/clock.ts'
import { workersOf } from '../src/link/process-role.ts'
import type { Predecessor } from '../src/link/predecessor.ts'
import { WorkerHub } from '../src/link/worker-hub.ts'
import type { WorkerTotals } from '../src/observe/traffic-totals.ts'
import type { WorkerView } from '../src/observe/worker-view.ts'

/** What the supervisor says of a worker. */
export interface SupervisedWorker {
  readonly worker: number
  readonly pid: number
  readonly isReady: boolean
  readonly restarts: number
}

declare module 'fastify' {
  interface FastifyInstance {
    /** In control: what the supervisor has said last of each worker. */
    readonly workerStates: SupervisedWorker[]
  }
}

/** A worker process, from its first word to that of the next one of its number. */
interface HeardWorker {
  readonly pid: number
  readonly startedAt: number
  readonly totals: WorkerTotals
}

/** In control: the link to the workers, which are told what is decided here, and tell what they count. */
async function workerHub (fastify: FastifyInstance, { clock }: { clock: Clock }) {
  const { role, registry: store, services, earlyChanges, announcedRoutes, configFile, trafficTotals, registryBequest, log } = fastify
  if (role.type !== 'control') return
  const { predecessor } = fastify
  const states: SupervisedWorker[] = []
  const heard = new Map<number, HeardWorker>()
  const hub = new WorkerHub({
    path: role.link,
    workers: workersOf(fastify.config.WORKERS),
    version: packageVersion,
    clock,
    store,
    services,
    routes: () => announcedRoutes.list(),
    config: () => configFile.text,
    selfSigned: () => fastify.tls?.selfSigned,
    onWorker: ({ worker, pid }) => {
      const known = heard.get(worker)
      if (known?.pid === pid) return
      known?.totals.end()
      heard.set(worker, { pid, startedAt: clock.date(), totals: trafficTotals.addWorker() })
    },
    onReport: (worker, report) => { heard.get(worker)?.totals.add(report) },
    onWorkerGone: (worker) => { heard.get(worker)?.totals.pause() },
    giveRegistry: () => registryBequest.give(),
    onSuccessorGone: () => { registryBequest.takeBack() },
    takeReport: () => fastify.takeTrafficReport(),
    onThrown: (err) => { log.error({ err }, 'a message of a worker was refused') }
  })
  earlyChanges.subscribe((change) => { hub.onRegistryChange(change) })
  announcedRoutes.watch(() => { hub.onRoutes() })
  configFile.plans.subscribe(() => { hub.onConfig() })

  function view ({ worker: number, pid, isReady, restarts }: SupervisedWorker): WorkerView {
    const { startedAt = clock.date(), totals } = heard.get(number) ?? {}
    const { clientConnections: connections = 0, eventLoopUtilization = 0, residentBytes = 0 } = totals?.gauges ?? {}
    const requests = totals?.requests ?? 0
    return { number, pid, isUp: isReady, restarts, connections, requests, eventLoopUtilization, residentBytes, startedAt }
  }

  fastify.decorate('workerStates', states)
  fastify.decorate('workers', () => states.map(view).sort((a, b) => a.number - b.number))
  // The first checks have ended then: a worker has no use for backends of which nothing is known.
  fastify.addHook('onReady', async () => {
    await hub.listen()
    if (predecessor !== undefined) inherit(predecessor)
  })
  fastify.addHook('onClose', () => hub.close())

  /** What it has counted is added as if it were a worker that has ended, and once more when it ends. */
  function inherit (from: Predecessor): void {
    const { ejected, report } = from.inheritance
    for (const news of ejected) hub.adopt(news)
    const totals = trafficTotals.addWorker()
    const add = (counted: unknown): void => {
      try {
        totals.add(counted)
      } catch (err) {
        log.warn({ err }, 'what the control before this one has counted is not taken over')
      }
    }
    add(report)
    totals.end()
    from.onReport = add
  }
}

export default fp(workerHub, {
  name: 'worker-hub',
  dependencies: ['role', 'backend-registry', 'announcements', 'config-file', 'health-check', 'metrics', 'tls'],
  fastify: '5.x'
})
