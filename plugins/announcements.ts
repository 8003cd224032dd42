import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AnnouncementPolicy } from '../src/admin/announcement-policy.ts'
import { defaultService } from '../src/backends/address.ts'
import type { MatchView } from '../src/http/match-view.ts'
import type { Clock } from '../src/base/clock.ts'
import { AnnouncedRoutes, covered } from '../src/registry/announced-routes.ts'
import { describeMatch } from '../src/routing/match.ts'
import { placesOf, routeIdOf } from '../src/routing/route-id.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The routes that backends announce. */
    readonly announcedRoutes: Pick<AnnouncedRoutes, 'list' | 'watch'>
    /** The same, where it is decided which of them are in force; in a worker there are none. */
    readonly announcements: AnnouncedRoutes
    /** What the configuration file says of them; whoever reads it configures this. */
    readonly announcementPolicy: AnnouncementPolicy
  }
}

/** Routes that backends announce: which are in force, and which services are there for them alone. */
async function announcements (fastify: FastifyInstance, { clock }: { clock: Clock }) {
  const { config, registry, services, replica } = fastify
  if (replica !== undefined) {
    fastify.decorate('announcedRoutes', replica.routes)
    return
  }
  const policy = new AnnouncementPolicy()

  function judge (match: MatchView, service: string): string | undefined {
    const objection = policy.objectionTo(match, service)
    switch (objection?.type) {
      case undefined: return undefined
      case 'covered': return covered
      case 'not-allowed': return 'it is not in registration.allow of the configuration file'
      case 'taken': return objection.by
      default: return objection satisfies never
    }
  }

  const routes = new AnnouncedRoutes({
    store: registry,
    clock,
    graceMs: config.ROUTE_GRACE_MS,
    idOf: routeIdOf,
    placesOf,
    isHealthy: (id) => services.find(id)?.health.checked.state === 'healthy',
    judge,
    onRefused: (match, service, why) => {
      fastify.log.warn({ service, announced: describeMatch(match), why }, 'announced route is not in force')
    }
  })

  /** Those that nothing needs any more. */
  function removeServices (): void {
    const inUse = new Set(registry.snapshot().map(({ service }) => service))
    for (const { name } of services.all()) {
      if (name !== defaultService && !inUse.has(name) && !policy.hasService(name) && !routes.isKept(name)) services.remove(name)
    }
  }

  let isPlanned = false
  /** In the next turn: what is queued there hears first that the last backend has left. */
  function planRemoval (): void {
    if (isPlanned || services.all().length === 1) return
    isPlanned = true
    queueMicrotask(() => {
      isPlanned = false
      removeServices()
    })
  }

  const endings = [
    services.events.subscribe((event) => {
      if (event.type === 'transition' && event.to === 'healthy' && event.backend.spec.routes !== undefined) routes.refresh()
      if (event.type === 'leave') planRemoval()
    }),
    routes.watch(planRemoval),
    policy.changes.subscribe(() => {
      routes.refresh()
      planRemoval()
    })
  ]
  fastify.addHook('onClose', async () => {
    for (const end of endings) end()
    routes.close()
  })
  fastify.decorate('announcedRoutes', routes)
  fastify.decorate('announcements', routes)
  fastify.decorate('announcementPolicy', policy)
}

export default fp(announcements, { name: 'announcements', dependencies: ['config', 'backend-registry'], fastify: '5.x' })
