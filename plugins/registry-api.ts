import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { allowedUrl } from '../src/admin/address-check.ts'
import { viewBackend } from '../src/admin/backend-view.ts'
import { backendResponse, changeBody, errorResponse, leaveQuery, registrationBody, renewalQuery } from '../src/admin/schemas.ts'
import type { FromSchema } from '../src/base/from-schema.ts'
import { addressText, idOf } from '../src/backends/address.ts'
import type { Backend } from '../src/backends/backend.ts'
import { readStatusRange } from '../src/http/status-range.ts'
import { registrationOf, specOf } from '../src/registry/said.ts'
import {
  BackendConfiguredError, BackendGoneError, BackendNotFoundError, InvalidBodyError, LeaseExpiredError, NameTakenError, NotSavedError,
  TooManyHoldersError
} from '../src/errors.ts'

interface ById { Params: { id: string } }
interface Join { Body: FromSchema<typeof registrationBody> }
interface Change extends ById { Body: FromSchema<typeof changeBody> }
interface Renewal extends ById { Querystring: FromSchema<typeof renewalQuery> }
interface Leave extends ById { Querystring: FromSchema<typeof leaveQuery> }

const defaultDrainMs = 30_000
const response = { '2xx': backendResponse, '4xx': errorResponse }

/** The registry over HTTP: backends join, renew and leave, and operators decide. */
async function registryApi (fastify: FastifyInstance) {
  const {
    registry, services: { default: service }, registrations, checkSchedule, forwarder, backendAddresses: { policy, lookup }
  } = fastify
  registrations.handovers.subscribe((id) => { forwarder.forget(find(id)) })

  const view = (backend: Backend) => viewBackend(backend, service.isInRotation(backend))

  function find (id: string): Backend {
    const backend = service.get(id)
    if (backend !== undefined) return backend
    throw registrations.isGone(id) ? new BackendGoneError(id) : new BackendNotFoundError(id)
  }

  function refuseTakenName (name: string | undefined, id: string): void {
    if (name === undefined) return
    if (registry.snapshot().some((other) => other.id !== id && other.spec.name === name)) throw new NameTakenError(name)
  }

  async function saved (): Promise<void> {
    await fastify.saveRegistry().catch(() => { throw new NotSavedError() })
  }

  fastify.addApi((api) => {
    const all = { summary: 'All backends', response: { 200: { type: 'array', items: backendResponse } } }
    api.get('/backends', { schema: all }, () => service.backends().map(view))

    api.get<ById>('/backends/:id', { schema: { summary: 'One backend', response } }, ({ params }) => view(find(params.id)))

    const joining = { summary: 'Registers a backend, or renews and updates the one with this url', body: registrationBody, response }
    api.post<Join>('/backends', { schema: joining }, async ({ body }, reply) => {
      refuseReversedRange(body.healthCheck?.status)
      const url = await allowedUrl(body.url, body.healthCheck?.port, policy, lookup)
      refuseTakenName(body.name ?? url.host, idOf(addressText(url)))
      if (registrations.isCrowded(url, body.instance)) throw new TooManyHoldersError()
      const { id, isNew } = registrations.register(registrationOf(body))
      await saved()
      return reply.code(isNew ? 201 : 200).header('location', `/api/backends/${id}`).send(view(find(id)))
    })

    const changing = { summary: 'Changes the weight, the desired state, …', body: changeBody, response }
    api.patch<Change>('/backends/:id', { schema: changing }, async ({ params, body }) => {
      const backend = find(params.id)
      refuseTakenName(body.name, backend.id)
      refuseReversedRange(body.healthCheck?.status)
      if (body.healthCheck?.port !== undefined) await allowedUrl(backend.address, body.healthCheck.port, policy, lookup)
      registrations.change(backend.id, { ...specOf(body), ...(body.desiredState !== undefined && { desiredState: body.desiredState }) })
      await saved()
      return view(backend)
    })

    const renewal = { summary: 'Heartbeat: renews the lease', querystring: renewalQuery, response }
    api.put<Renewal>('/backends/:id/lease', { schema: renewal }, ({ params: { id }, query }) => {
      const backend = service.get(id)
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

    api.post<ById>('/backends/:id/check', { schema: { summary: 'Checks its health now', response } }, async ({ params }) => {
      const backend = find(params.id)
      await checkSchedule.checkNow(backend)
      return view(backend)
    })
  })
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
