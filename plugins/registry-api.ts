import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { allowedUrl } from '../src/admin/address-check.ts'
import { viewBackend } from '../src/admin/backend-view.ts'
import { backendResponse, changeBody, errorResponse, leaveQuery, registrationBody, renewalQuery } from '../src/admin/schemas.ts'
import type { FromSchema } from '../src/base/from-schema.ts'
import { readAnnouncedRoute, sentenceOf, type SaidRoute } from '../src/admin/announced-route.ts'
import { addressText, defaultService, idOf } from '../src/backends/address.ts'
import type { Backend } from '../src/backends/backend.ts'
import { contradictionIn, keyWords } from '../src/backends/protocol.ts'
import type { AnnouncedRoute } from '../src/backends/spec.ts'
import { readStatusRange } from '../src/http/status-range.ts'
import type { Announcement } from '../src/registry/announcement.ts'
import { registrationOf, specOf } from '../src/registry/said.ts'
import { describeMatch } from '../src/routing/match.ts'
import { routeIdOf } from '../src/routing/route-id.ts'
import {
  BackendConfiguredError, BackendGoneError, BackendNotFoundError, InvalidBodyError, LeaseExpiredError, NameTakenError, NotSavedError,
  BeingReplacedError, RouteInUseError, RouteNotAllowedError, RouteNotFoundError, RouteTakenError, TooManyHoldersError
} from '../src/errors.ts'

interface ById { Params: { id: string } }
interface Join { Body: FromSchema<typeof registrationBody> }
interface Change extends ById { Body: FromSchema<typeof changeBody> }
interface Renewal extends ById { Querystring: FromSchema<typeof renewalQuery> }
interface Leave extends ById { Querystring: FromSchema<typeof leaveQuery> }

/** A heartbeat is none: leases begin anew with the control that takes over. */
const changes = new Set(['POST', 'PATCH', 'DELETE'])

const defaultDrainMs = 30_000
const response = { '2xx': backendResponse, '4xx': errorResponse }

/** The registry over HTTP: backends join, renew and leave, and operators decide. */
async function registryApi (fastify: FastifyInstance) {
  const {
    registry, services, registrations, registryBequest, announcements, announcementPolicy, checkSchedule, forwarder,
    backendAddresses: { policy, names: { lookup } }
  } = fastify
  registrations.handovers.subscribe((id) => { forwarder.forget(find(id)) })

  const view = (backend: Backend) => viewBackend(backend, services.isInRotation(backend))

  function find (id: string): Backend {
    const backend = services.find(id)
    if (backend !== undefined) return backend
    throw registrations.isGone(id) ? new BackendGoneError(id) : new BackendNotFoundError(id)
  }

  function refuseTakenName (name: string | undefined, id: string, service: string): void {
    const isTaken = name !== undefined &&
      registry.snapshot().some((other) => other.id !== id && other.service === service && other.spec.name === name)
    if (isTaken) throw new NameTakenError(service, name)
  }

  /** All of them or none: a backend must not serve half of what it announces. */
  function refuseRoutes (routes: readonly AnnouncedRoute[], service: string): void {
    for (const { match } of routes) {
      const objection = announcementPolicy.objectionTo(match, service)
      if (objection?.type === 'not-allowed') throw new RouteNotAllowedError(describeMatch(match))
      if (objection?.type === 'taken') throw new RouteTakenError(describeMatch(match), objection.by)
      const other = announcements.otherOwner(match, service)
      if (other !== undefined) throw new RouteTakenError(describeMatch(match), `${ownerText(other)} has it`)
    }
  }

  async function saved (): Promise<void> {
    await fastify.saveRegistry().catch(() => { throw new NotSavedError() })
  }

  fastify.addApi((api) => {
    // What is changed now would be lost.
    api.addHook('onRequest', async ({ method }, reply) => {
      if (!registryBequest.isGiven || !changes.has(method)) return
      reply.header('retry-after', '1')
      throw new BeingReplacedError()
    })

    const all = { summary: 'All backends', response: { 200: { type: 'array', items: backendResponse } } }
    api.get('/backends', { schema: all }, () => services.backends().map(view))

    api.get<ById>('/backends/:id', { schema: { summary: 'One backend', response } }, ({ params }) => view(find(params.id)))

    const registers = 'Registers a backend, or renews and updates the one with this url and service'
    const joining = { summary: registers, body: registrationBody, response }
    api.post<Join>('/backends', { schema: joining }, async ({ body }, reply) => {
      refuseReversedRange(body.healthCheck?.status)
      const { service = defaultService, routes: said, ...rest } = body
      if (said !== undefined && body.service === undefined) {
        throw new InvalidBodyError('body/routes needs body/service: routes lead to the backends of a service that is named')
      }
      const routes = readRoutes(said ?? [])
      const url = await allowedUrl(body.url, body.healthCheck?.port, policy, lookup)
      refuseContradiction(url, { ...specOf(rest), protocol: rest.protocol })
      const ownId = idOf(addressText(url), service)
      refuseTakenName(body.name ?? url.host, ownId, service)
      if (registrations.isCrowded(ownId, body.instance)) throw new TooManyHoldersError()
      refuseRoutes(routes, service)
      const { id, isNew } = registrations.register(registrationOf({ ...rest, service, ...(routes.length > 0 && { routes }) }))
      await saved()
      return reply.code(isNew ? 201 : 200).header('location', `/api/backends/${id}`).send(view(find(id)))
    })

    const changing = { summary: 'Changes the weight, the desired state, …', body: changeBody, response }
    api.patch<Change>('/backends/:id', { schema: changing }, async ({ params, body }) => {
      const backend = find(params.id)
      refuseTakenName(body.name, backend.id, backend.service)
      refuseReversedRange(body.healthCheck?.status)
      if (body.healthCheck?.port !== undefined) await allowedUrl(backend.address, body.healthCheck.port, policy, lookup)
      refuseContradiction(backend.url, { ...backend.spec, ...specOf(body), protocol: body.protocol ?? backend.spec.protocol })
      registrations.change(backend.id, { ...specOf(body), ...(body.desiredState !== undefined && { desiredState: body.desiredState }) })
      await saved()
      return view(backend)
    })

    const renewal = { summary: 'Heartbeat: renews the lease', querystring: renewalQuery, response }
    api.put<Renewal>('/backends/:id/lease', { schema: renewal }, ({ params: { id }, query }) => {
      const backend = services.find(id)
      const ttlMs = query.ttlMs === undefined ? undefined : Number(query.ttlMs)
      if (registrations.isDeleted(id)) throw new BackendGoneError(id)
      if (backend === undefined || !registrations.renew(id, query.instance, ttlMs)) throw new LeaseExpiredError(id)
      return view(backend)
    })

    const summary = 'Drains and removes a backend; with an `instance`, only if no other process holds it'
    const leaving = { summary, querystring: leaveQuery, response }
    api.delete<Leave>('/backends/:id', { schema: leaving }, async ({ params, query: { instance, ...query } }, reply) => {
      const backend = find(params.id)
      const drainMs = Number(query.drainMs ?? defaultDrainMs)
      if (instance === undefined && backend.source === 'configured') throw new BackendConfiguredError(backend.name)
      const isGone =
        instance === undefined ? registrations.leave(backend.id, drainMs) : registrations.release(backend.id, instance, drainMs)
      await saved()
      if (isGone) return await reply.code(204).send()
      return await reply.code(backend.holders > 0 ? 200 : 202).send(view(backend))
    })

    const ending = { summary: 'Ends a route whose backends have all left', response: { '4xx': errorResponse } }
    api.delete<ById>('/routes/:id', { schema: ending }, async ({ params: { id } }, reply) => {
      const fileRoute = announcementPolicy.fileRoute(id)
      if (fileRoute !== undefined) throw new RouteInUseError(describeMatch(fileRoute.match), `it stands in ${fileRoute.origin}`)
      const announced = announcements.list().find((each) => each.id === id && each.endsAt === undefined)
      if (announced !== undefined) throw new RouteInUseError(describeMatch(announced.match), `${ownerText(announced)} has it`)
      if (!announcements.forget(id)) throw new RouteNotFoundError(id)
      await saved()
      return await reply.code(204).send()
    })

    api.post<ById>('/backends/:id/check', { schema: { summary: 'Checks its health now', response } }, async ({ params }) => {
      const backend = find(params.id)
      await checkSchedule.checkNow(backend)
      return view(backend)
    })
  })
}

function readRoutes (said: readonly SaidRoute[]): AnnouncedRoute[] {
  const ids = new Map<string, number>()
  return said.map((each, i) => {
    const route = readAnnouncedRoute(each)
    if (Array.isArray(route)) throw new InvalidBodyError(sentenceOf(route, `body/routes/${i}`))
    const id = routeIdOf(route.match)
    const same = ids.get(id)
    if (same !== undefined) throw new InvalidBodyError(`body/routes/${i} matches the same requests as body/routes/${same}`)
    ids.set(id, i)
    return route
  })
}

function ownerText ({ id, service, names, endsAt }: Announcement): string {
  if (endsAt === undefined) return `the service ${service} (${names.join(', ')})`
  return `the service ${service}, whose backends have left, until ${new Date(endsAt).toISOString()} or DELETE /api/routes/${id},`
}

function refuseContradiction (url: URL, said: Parameters<typeof contradictionIn>[1]): void {
  const contradiction = contradictionIn(url, said, keyWords)
  if (contradiction !== undefined) throw new InvalidBodyError(`body/${contradiction}`)
}

/** A schema cannot compare two numbers. */
function refuseReversedRange (status: string | undefined): void {
  if (status === undefined || readStatusRange(status) !== undefined) return
  throw new InvalidBodyError(`body/healthCheck/status "${status}": expected a status or a range such as 200-399`)
}

export default fp(registryApi, {
  name: 'registry-api',
  dependencies: ['admin', 'addresses', 'registrations', 'health-check', 'proxy'],
  fastify: '5.x'
})
