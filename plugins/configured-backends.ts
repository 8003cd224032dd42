import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { idOf } from '../src/backends/address.ts'
import { differences, type BackendSpec } from '../src/backends/spec.ts'
import { newEntry } from '../src/registry/store.ts'
import type { FilePlan } from './file-plan.ts'

/** How long the open requests of a backend that the file no longer names may still take; WebSockets and streams go on after that. */
const drainMs = 30_000

const why = 'configuration file'

/** Backends of the configuration file come, change and go with it. */
async function configuredBackends (fastify: FastifyInstance) {
  const { registry, registrations, configFile, configuredWeights } = fastify
  let before = specsOf(configFile.plan)
  tellAnnouncements(fastify, configFile.plan)

  /** What an operator has changed stays, unless it is just that which the file says anew. */
  function change (id: string, was: BackendSpec | undefined, is: BackendSpec): void {
    const entry = registry.get(id)
    if (entry === undefined) return
    if (registrations.isLeaving(id)) registrations.change(id, { desiredState: 'ready' }, why)
    if (was !== undefined && differences(was, is) === '') return
    registrations.change(id, changesBetween(was, is), why)
  }

  configFile.plans.subscribe((plan) => {
    const after = specsOf(plan)
    for (const [id, { service, spec }] of after) {
      configuredWeights.set(id, spec.weight)
      if (registry.get(id) === undefined) registry.put(newEntry(spec, 'configured', service), why)
      else change(id, before.get(id)?.spec, spec)
    }
    for (const id of before.keys()) if (!after.has(id)) registrations.leave(id, drainMs, 'no longer in the configuration file')
    before = after
    tellAnnouncements(fastify, plan)
  })
}

/** What backends may announce, and what the file has said already. */
function tellAnnouncements ({ announcementPolicy }: FastifyInstance, { services, routes = [], allowed }: FilePlan): void {
  announcementPolicy.configure({
    allowed,
    services: [...services.keys()],
    routes: routes.map(({ info: { match, destination, origin } }) => ({
      match, origin, service: destination.type === 'service' ? destination.service : undefined
    }))
  })
}

function specsOf ({ services }: FilePlan): Map<string, { readonly service: string, readonly spec: BackendSpec }> {
  return new Map([...services].flatMap(([service, { backends }]) =>
    backends.map((spec) => [idOf(spec.url, service), { service, spec }] as const)))
}

/** Of these, those that differ; of one that was not in the file before, all. */
function changesBetween (was: BackendSpec | undefined, { url: _url, ...is }: BackendSpec): Omit<BackendSpec, 'url'> | Partial<BackendSpec> {
  const all = { zone: undefined, isBackup: false, ...is }
  if (was === undefined) return all as Partial<BackendSpec>
  const before: Record<string, unknown> = { zone: undefined, isBackup: false, ...was }
  return Object.fromEntries(Object.entries(all).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key])))
}

export default fp(configuredBackends, {
  name: 'configured-backends', dependencies: ['registrations', 'backend-registry', 'config-file'], fastify: '5.x'
})
