import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { idOf } from '../src/backends/address.ts'
import type { Clock } from '../src/base/clock.ts'
import { DiscoveredEndpoints } from '../src/discovery/discovered-endpoints.ts'
import { dnsSource } from '../src/discovery/dns-source.ts'
import { createNameServers } from '../src/discovery/name-servers.ts'
import type { DiscoverySource, Endpoint } from '../src/discovery/source.ts'
import { reconcile, type SaidOf } from '../src/registry/reconcile.ts'
import { backendsAt, endpointOf, type DiscoveryPlan } from './discovery-plan.ts'
import type { FilePlan } from './file-plan.ts'

export interface DiscoveryOptions {
  readonly clock: Clock
  readonly random: () => number
}

/** How the discovery of one service stands. */
export interface DiscoveryState {
  readonly by: string
  /** Since the last answer; null before the first. */
  readonly ageMs: number | null
  readonly problem: string | null
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly discovery: {
      /** Of each service whose backends are discovered. */
      states (): ReadonlyMap<string, DiscoveryState>
    }
  }
}

/** One service whose backends are discovered. */
interface Followed {
  readonly plan: DiscoveryPlan
  readonly source: DiscoverySource
  readonly discovered: DiscoveredEndpoints
  /** Its backends as they were said last. */
  said: ReadonlyMap<string, SaidOf>
}

/** The start waits so long for the first answers, so that the first requests find backends, in ms. */
const firstAnswersMs = 2000

/** Backends of services whose place is found out while the gateway runs. */
async function discovery (fastify: FastifyInstance, { clock, random }: DiscoveryOptions) {
  const { registry: store, registrations, services, configFile, configuredWeights, takeDiscovered, log } = fastify
  const followed = new Map<string, Followed>()

  /** Backends that the file names are not for discovery to change. */
  function take (service: string, plan: DiscoveryPlan, before: ReadonlyMap<string, SaidOf>, endpoints: readonly Endpoint[]) {
    const named = new Set((configFile.plan.services.get(service)?.backends ?? []).map(({ url }) => idOf(url, service)))
    const isOurs = ([id]: [string, SaidOf]): boolean => {
      const entry = store.get(id)
      return !named.has(id) && (entry === undefined || entry.source === 'dns' || registrations.isLeaving(id))
    }
    const after = new Map([...backendsAt(endpoints, service, plan)].filter(isOurs))
    for (const [id, { spec }] of after) configuredWeights.set(id, spec.weight)
    const hasNew = [...after.keys()].some((id) => store.get(id) === undefined)
    const words = { why: 'discovered', departure: 'no longer in DNS' } as const
    reconcile(new Map([...before].filter(isOurs)), after, { store, registrations, source: 'dns', ...words })
    // Whatever else changes has been told of; where nothing does, nothing is written.
    if (hasNew) registrations.changes.notify(undefined)
    return after
  }

  function isPassing (service: string, plan: DiscoveryPlan, endpoint: Endpoint): boolean {
    const [id = ''] = backendsAt([endpoint], service, plan).keys()
    return services.find(id)?.health.checked.state === 'healthy'
  }

  function begin (service: string, plan: DiscoveryPlan, known: readonly Endpoint[], said: ReadonlyMap<string, SaidOf>): void {
    const source = dnsSource({ question: plan.question, servers: createNameServers(plan.servers), clock, random })
    const { description } = source
    const discovered = new DiscoveredEndpoints({
      source,
      known,
      clock,
      isPassing: (endpoint) => isPassing(service, plan, endpoint),
      onEndpoints: (endpoints) => { each.said = take(service, plan, each.said, endpoints) },
      onProblem: (why) => {
        if (why === undefined) log.info({ service, source: description }, 'discovery works again')
        else log.warn({ service, source: description, why }, 'discovery has failed: the backends that were known stay')
      }
    })
    const each: Followed = { plan, source, discovered, said: take(service, plan, said, known) }
    followed.set(service, each)
  }

  /** Of a service that is discovered in another way now, backends stay until the first answer. */
  function follow ({ services: planned }: FilePlan): void {
    for (const [service, { plan, discovered, said }] of followed) {
      const next = planned.get(service)?.discovery
      if (isDeepStrictEqual(next, plan)) continue
      discovered.end()
      followed.delete(service)
      if (next === undefined) take(service, plan, said, [])
      else begin(service, next, discovered.endpoints, said)
    }
    for (const [service, { discovery: plan }] of planned) {
      const each = followed.get(service)
      if (each !== undefined) each.said = take(service, each.plan, each.said, each.discovered.endpoints)
      else if (plan !== undefined) begin(service, plan, takeDiscovered(service).map(endpointOf), new Map())
    }
  }

  fastify.decorate('discovery', {
    states: () => new Map([...followed].map(([service, { source, discovered: { ageMs, problem } }]) =>
      [service, { by: source.description, ageMs, problem }]))
  })
  follow(configFile.plan)
  configFile.plans.subscribe(follow)

  fastify.addHook('onReady', async () => {
    if (followed.size === 0) return
    let cancel = (): void => {}
    const inTime = new Promise<void>((resolve) => { cancel = clock.after(firstAnswersMs, resolve) })
    await Promise.race([inTime, Promise.all([...followed.values()].map(async ({ discovered: { answered } }) => { await answered }))])
    cancel()
  })
  fastify.addHook('onClose', () => {
    for (const { discovered } of followed.values()) discovered.end()
  })
}

export default fp(discovery, { name: 'discovery', dependencies: ['registrations', 'config-file', 'configured-backends'], fastify: '5.x' })
