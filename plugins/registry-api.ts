import type { LookupFunction } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { allowedUrl } from '../src/admin/address-check.ts'
import { viewBackend } from '../src/admin/backend-view.ts'
import { backendResponse, changeBody, errorResponse, leaveQuery, registrationBody, renewalQuery } from '../src/admin/schemas.ts'
import type { AddressPolicy } from '../src/registry/address-policy.ts'
import type { Backend, DesiredState } from '../src/backends/backend.ts'
import { registrationOf, specOf, type Said } from '../src/registry/persisted-state.ts'
import {
  BackendConfiguredError, BackendGoneError, BackendNotFoundError, LeaseExpiredError, NameTakenError, NotSavedError, TooManyHoldersError
} from '../src/errors.ts'

export interface RegistryApiOptions {
  readonly policy: AddressPolicy
  readonly lookup: LookupFunction
}

interface ById { Params: { id: string } }
interface Renewal extends ById { Querystring: { instance?: string, ttlMs?: string } }
interface Leave extends ById { Querystring: { instance?: string, drainMs?: string } }

const defaultDrainMs = 30_000
const response = { '2xx': backendResponse, '4xx': errorResponse }

/** The registry over HTTP: backends join, renew and leave, and operators decide. */
async function registryApi (fastify: FastifyInstance, { policy, lookup }: RegistryApiOptions) {
  const { registry, registrations, checkSchedule, forwarder } = fastify
  registrations.onHandover = (backend) => { forwarder.forget(backend) }

  const view = (backend: Backend) => viewBackend(backend, registry.rotation)

  function find (id: string): Backend {
    const backend = registry.get(id)
    if (backend !== undefined) return backend
    throw registrations.isGone(id) ? new BackendGoneError(id) : new BackendNotFoundError(id)
  }

  function refuseTakenName (name: string | undefined, self: Backend | undefined): void {
    if (name !== undefined && registry.backends().some((other) => other !== self && other.name === name)) throw new NameTakenError(name)
  }

  async function saved (): Promise<void> {
    await fastify.saveRegistry().catch(() => { throw new NotSavedError() })
  }

  fastify.addApi((api) => {
    api.get('/backends', { schema: { summary: 'All backends', response: { 200: { type: 'array', items: backendResponse } } } }, () => registry.backends().map(view))

    api.get<ById>('/backends/:id', { schema: { summary: 'One backend', response } }, ({ params }) => view(find(params.id)))

    api.post<{ Body: Said & { url: string } }>('/backends', { schema: { summary: 'Registers a backend, or renews and updates the one with this url', body: registrationBody, response } }, async ({ body }, reply) => {
      const url = await allowedUrl(body.url, body.healthCheck?.port, policy, lookup)
      refuseTakenName(body.name ?? url.host, registry.backends().find(({ address }) => address === url.origin))
      if (registrations.isCrowded(url, body.instance)) throw new TooManyHoldersError()
      const { backend, isNew } = registrations.register(registrationOf(body, body))
      await saved()
      return reply.code(isNew ? 201 : 200).header('location', `/api/backends/${backend.id}`).send(view(backend))
    })

    api.patch<ById & { Body: Said & { desiredState?: DesiredState } }>('/backends/:id', { schema: { summary: 'Changes the weight, the desired state, …', body: changeBody, response } }, async ({ params, body }) => {
      const backend = find(params.id)
      refuseTakenName(body.name, backend)
      if (body.healthCheck?.port !== undefined) await allowedUrl(backend.address, body.healthCheck.port, policy, lookup)
      registrations.change(backend, { ...specOf(body), ...(body.desiredState !== undefined && { desiredState: body.desiredState }) })
      await saved()
      return view(backend)
    })

    const renewal = { summary: 'Heartbeat: renews the lease', querystring: renewalQuery, response }
    api.put<Renewal>('/backends/:id/lease', { schema: renewal }, ({ params: { id }, query }) => {
      const backend = registry.get(id)
      const ttlMs = query.ttlMs === undefined ? undefined : Number(query.ttlMs)
      if (registrations.isDeleted(id)) throw new BackendGoneError(id)
      if (backend === undefined || !registrations.renew(backend, query.instance, ttlMs)) throw new LeaseExpiredError(id)
      return view(backend)
    })

    const summary = 'Drains and removes a backend; with an `instance`, only if no other process holds it'
    const leaving = { summary, querystring: leaveQuery, response }
    api.delete<Leave>('/backends/:id', { schema: leaving }, async ({ params, query: { instance, ...query } }, reply) => {
      const backend = find(params.id)
      const drainMs = Number(query.drainMs ?? defaultDrainMs)
      if (instance === undefined && backend.source === 'configured') throw new BackendConfiguredError(backend.name)
      const isGone = instance === undefined ? registrations.leave(backend, drainMs) : registrations.release(backend, instance, drainMs)
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

export default fp(registryApi, { name: 'registry-api', dependencies: ['admin', 'registrations', 'health-check', 'proxy'], fastify: '5.x' })
