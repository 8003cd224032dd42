import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Config, Route, Service as ServiceView, Setting } from '../src/admin/wire.ts'
import { settingNames } from '../src/config/schema.ts'
import { secretSettings } from '../src/config/setting-error.ts'
import type { ForwardingRoute } from '../src/forwarding/route.ts'
import type { Service } from '../src/services/service.ts'

/** How often a route was asked for, and how that went; counted by its id, so that a reload changes nothing. */
interface RouteCounts { requests: number, errors: number, unavailable: number }

/** Services, routes, and the configuration in force, to read. */
async function servicesApi (fastify: FastifyInstance) {
  const { services, routes, configFile, announcedRoutes, discovery, config, settingSources, exchanges } = fastify
  const counts = new Map<string, RouteCounts>()

  exchanges.subscribe(({ route, statusCode = 0, attempts }) => {
    if (route === undefined) return
    let count = counts.get(route.id)
    if (count === undefined) counts.set(route.id, count = { requests: 0, errors: 0, unavailable: 0 })
    count.requests++
    if (statusCode >= 500) count.errors++
    if (statusCode === 503 && attempts.length === 0) count.unavailable++
  })

  function viewService (service: Service, discovered: ReturnType<typeof discovery.states>): ServiceView {
    const { name, settings: { balancer }, rotation, queue } = service
    const backends = service.backends()
    return {
      name,
      source: configFile.plan.services.has(name) ? 'file' : name === 'default' ? 'implicit' : 'registered',
      balancer,
      backends: backends.length,
      inRotation: rotation.length,
      inFlight: backends.reduce((sum, { inFlight }) => sum + inFlight, 0),
      queued: queue.length,
      discovery: discovered.get(name) ?? null
    }
  }

  function viewRoute ({ info, audience, services: reached }: ForwardingRoute): Route {
    const endsAt = announcedRoutes.list().find(({ id }) => id === info.id)?.endsAt
    const inRotation = reached.flatMap(({ service: { rotation } }) => rotation.filter(({ id }) => audience?.has(id) !== false)).length
    return {
      ...info,
      name: info.name ?? null,
      ...(counts.get(info.id) ?? { requests: 0, errors: 0, unavailable: 0 }),
      inRotation: info.destination.type === 'redirect' ? null : inRotation,
      endsAt: endsAt === undefined ? null : new Date(endsAt).toISOString()
    }
  }

  function viewConfig (): Config {
    const settings: Record<string, Setting> = {}
    for (const name of settingNames) {
      const value = secretSettings.has(name) && config[name] !== '' ? '(hidden)' : config[name]
      settings[name] = { value, from: settingSources[name] ?? 'default' }
    }
    return { file: configFile.state, settings, content: configFile.masked }
  }

  fastify.addApi((api) => {
    api.get('/services', { schema: { summary: 'All services' } }, () => {
      const discovered = discovery.states()
      return services.all().map((service) => viewService(service, discovered))
    })
    api.get('/routes', { schema: { summary: 'All routes, those of the configuration file first' } }, () =>
      routes.table.entries.map(({ value }) => viewRoute(value)))
    api.get('/config', { schema: { summary: 'The settings and the configuration file in force, secrets masked' } }, viewConfig)
  })
}

export default fp(servicesApi, {
  name: 'services-api', dependencies: ['admin', 'routes', 'proxy', 'announcements', 'discovery'], fastify: '5.x'
})
