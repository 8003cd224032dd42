import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Config, Route, Service as ServiceView, Setting } from '../src/admin/wire.ts'
import { settingNames } from '../src/config/schema.ts'
import { secretSettings } from '../src/config/setting-error.ts'
import type { ForwardingRoute } from '../src/forwarding/route.ts'
import type { Service } from '../src/services/service.ts'

/** Services, routes, and the configuration in force, to read. */
async function servicesApi (fastify: FastifyInstance) {
  const { services, routes, configFile, announcedRoutes, discovery, config, settingSources, routeCounters, trafficTotals } = fastify

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
      queued: queue.length + trafficTotals.queuedFor(name),
      discovery: discovered.get(name) ?? null
    }
  }

  function viewRoute ({ info, audience, services: reached }: ForwardingRoute): Route {
    const endsAt = announcedRoutes.list().find(({ id }) => id === info.id)?.endsAt
    const inRotation = reached.flatMap(({ service: { rotation } }) => rotation.filter(({ id }) => audience?.has(id) !== false)).length
    const { requests, errors, unavailable } = routeCounters.ofId(info.id)
    return {
      ...info,
      name: info.name ?? null,
      requests,
      errors,
      unavailable,
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
  name: 'services-api', dependencies: ['admin', 'routes', 'metrics', 'announcements', 'discovery'], fastify: '5.x'
})
