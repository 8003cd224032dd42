import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { idOf } from '../src/backends/address.ts'
import { reconcile, type SaidOf } from '../src/registry/reconcile.ts'
import type { FilePlan } from './file-plan.ts'

/** Backends of the configuration file come, change and go with it. */
async function configuredBackends (fastify: FastifyInstance) {
  const { registry: store, registrations, configFile, configuredWeights } = fastify
  let before = specsOf(configFile.plan)
  tellAnnouncements(fastify, configFile.plan)

  configFile.plans.subscribe((plan) => {
    const after = specsOf(plan)
    for (const [id, { spec }] of after) configuredWeights.set(id, spec.weight)
    const words = { why: 'configuration file', departure: 'no longer in the configuration file' } as const
    reconcile(before, after, { store, registrations, source: 'configured', ...words })
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

function specsOf ({ services }: FilePlan): Map<string, SaidOf> {
  return new Map([...services].flatMap(([service, { backends }]) =>
    backends.map((spec) => [idOf(spec.url, service), { service, spec }] as const)))
}

export default fp(configuredBackends, {
  name: 'configured-backends', dependencies: ['registrations', 'backend-registry', 'config-file'], fastify: '5.x'
})
