import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { RequestExplainer } from '../src/admin/request-explainer.ts'
import { ForwardingRoute, type Routes } from '../src/forwarding/route.ts'
import { ServiceAccess } from '../src/forwarding/service-access.ts'
import { implicitRoute } from '../src/routing/route-info.ts'
import { RoutingTable, type TableEntry } from '../src/routing/table.ts'
import type { Announcement } from '../src/registry/announcement.ts'
import { pathEdit, type RoutePlan } from './route-plan.ts'

export interface RoutesOptions {
  readonly random: () => number
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly routes: RoutesInForce
  }
}

/** The routing table in force: it is replaced as a whole, with one assignment. */
export interface RoutesInForce extends Routes {
  /** All routes; where there is only the implicit one, requests are not compared with anything. */
  readonly table: RoutingTable<ForwardingRoute>
}

/** Which request goes to which service. Without a configuration file, all of them go to the service `default`. */
async function routesPlugin (fastify: FastifyInstance, { random }: RoutesOptions) {
  const { config, services, policies, tokenGuard, configFile, announcedRoutes } = fastify
  const isHttpsOnly = config.TLS_REDIRECT
  const explainer = config.ADMIN_TOKEN === '' ? undefined : new RequestExplainer(tokenGuard)

  function accessTo (name: string): ServiceAccess {
    const service = services.open(name)
    return new ServiceAccess({
      service,
      random,
      hashKey: service.usesKey ? policies.of(name).hashKey : undefined,
      explainer: explainer && ((fields, clientAddress, facts, route) => explainer.explain(fields, clientAddress, facts, service, route))
    })
  }

  function fromFile ({ weights, splitBy, ...plan }: RoutePlan, fallback: ServiceAccess): ForwardingRoute {
    const shares = Object.entries(weights).map(([name, weight]) => ({ member: accessTo(name), weight }))
    const destination = shares.length === 1 && splitBy === undefined ? shares[0]!.member : { shares, splitBy, random }
    return new ForwardingRoute({
      ...plan,
      isHttpsOnly: plan.isHttpsOnly || isHttpsOnly,
      destination: shares.length === 0 ? fallback : destination
    })
  }

  function announced ({ id, service, match, replacePrefix, backendIds, names }: Announcement): ForwardingRoute {
    const path = pathEdit(match.path, replacePrefix)
    return new ForwardingRoute({
      info: { id, name: undefined, match, destination: { type: 'service', service }, source: 'registered', origin: names.join(', ') },
      limits: policies.limits,
      destination: accessTo(service),
      isHttpsOnly,
      audience: backendIds,
      edits: path && { path, host: undefined, request: undefined, response: undefined }
    })
  }

  /** By the names of routes: what was counted before they were made anew, or went. */
  const passedOn = new Map<string, number>()
  function build () {
    const access = accessTo('default')
    const fallback = new ForwardingRoute({ info: implicitRoute, limits: policies.limits, destination: access, isHttpsOnly })
    const { plan } = configFile
    const fromBackends = announcedRoutes.list().map(announced)
    const routes = [...plan.routes === undefined ? [fallback] : plan.routes.map((route) => fromFile(route, access)), ...fromBackends]
    for (const route of routes) route.passedOn = passedOn.get(route.info.name ?? route.info.id) ?? 0
    const table = new RoutingTable(routes.map(entryFor))
    // One route for all requests: nothing is compared, so that no path is ambiguous and nothing is without a route.
    const only = plan.routes === undefined && fromBackends.length === 0 ? fallback : undefined
    return { fallback, table, only }
  }

  function rebuild (): void {
    for (const { value: { info: { id, name = id }, passedOn: count } } of current.table.entries) if (count > 0) passedOn.set(name, count)
    current = build()
  }

  let current = build()
  let isPlanned = false
  /** Many changes at once are one table. */
  function plan (): void {
    if (isPlanned) return
    isPlanned = true
    queueMicrotask(() => {
      isPlanned = false
      rebuild()
    })
  }
  fastify.decorate('routes', {
    find: (head) => current.only ?? current.table.find(head),
    get fallback () { return current.fallback },
    get table () { return current.table }
  })
  const unwatch = announcedRoutes.watch(plan)
  configFile.plans.subscribe(rebuild)
  fastify.addHook('onClose', () => { unwatch() })
}

function entryFor (value: ForwardingRoute): TableEntry<ForwardingRoute> {
  return { match: value.info.match, value }
}

export default fp(routesPlugin, {
  name: 'routes',
  dependencies: ['policies', 'backend-registry', 'config-file', 'announcements', 'token-guard'],
  fastify: '5.x'
})
