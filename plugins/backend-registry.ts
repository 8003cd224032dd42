import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { BackendState } from '../src/backends/backend.ts'
import { defaultService } from '../src/backends/address.ts'
import type { BackendSpec } from '../src/backends/spec.ts'
import { newEntry, type RegistryChange, type RegistryStore } from '../src/registry/store.ts'
import { MemoryStore } from '../src/registry/memory-store.ts'
import { Services } from '../src/services/services.ts'
import type { ServiceSettings } from '../src/services/service-settings.ts'
import type { Clock } from '../src/base/clock.ts'
import { Subscribers } from '../src/base/subscribers.ts'
import { parseBackends } from '../src/backends/backends-setting.ts'
import { SettingError } from '../src/config/setting-error.ts'

export interface BackendRegistryOptions {
  readonly clock: Clock
  readonly random: () => number
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Which backends there are. */
    readonly registry: RegistryStore
    readonly services: Services
    /** Changes of the registry, told before the services hear of them. */
    readonly earlyChanges: Pick<Subscribers<RegistryChange>, 'subscribe'>
  }
}

const words = { join: 'backend has joined', leave: 'backend has left', change: 'backend has changed' }

/** Degraded, but requests are served by the others. */
const worrying: ReadonlySet<BackendState> = new Set<BackendState>(['unhealthy', 'ejected'])

/** The registry and the services of its backends, each change of whose state is logged once. */
async function backendRegistry (fastify: FastifyInstance, { clock, random }: BackendRegistryOptions) {
  const { config, policies, configFile, replica } = fastify
  const store = replica?.store ?? new MemoryStore()
  if (replica === undefined) {
    for (const spec of configuredBackends(config.BACKENDS)) store.put(newEntry(spec, 'configured'), 'configured')
    for (const [service, { backends }] of configFile.plan.services) {
      for (const spec of backends) store.put(newEntry(spec, 'configured', service), 'configured')
    }
  }
  const earlyChanges = new Subscribers<RegistryChange>()
  store.watch((change) => { earlyChanges.notify(change) })
  const settingsFor = (name: string): ServiceSettings => {
    const { settings } = policies.of(name)
    return replica?.shareOf(settings) ?? settings
  }
  const services = new Services({
    store, clock, random, settingsFor, ...replica && { createJudge: (...parts) => replica.createJudge(...parts) }
  })

  for (const name of configFile.plan.services.keys()) services.open(name)
  configFile.plans.subscribe((plan) => {
    for (const name of plan.services.keys()) services.open(name)
    for (const service of services.all()) {
      const settings = settingsFor(service.name)
      if (settings !== service.settings) service.configure(settings)
    }
  })
  if (replica === undefined) logChanges(services, fastify.log)
  else replica.follow(services)
  configFile.states.subscribe(({ state, problems: [first = ''] }) => {
    if (state === 'none') return
    const { services: { size }, routes = [] } = configFile.plan
    const why = state === 'refused' ? first : `services: ${size}, routes: ${routes.length}`
    services.events.addOfGateway({ type: 'config', state, why }, clock.date())
  })
  fastify.addHook('onClose', () => { services.close() })

  fastify.decorate('registry', store)
  fastify.decorate('services', services)
  fastify.decorate('earlyChanges', earlyChanges)
}

function configuredBackends (setting: string): BackendSpec[] {
  const specs = parseBackends(setting)
  if ('problem' in specs) throw new SettingError('BACKENDS', specs.entry, specs.problem)
  return specs
}

function logChanges (services: Services, log: FastifyBaseLogger): void {
  /** Services that had a backend in rotation, and those that have lost their last one. */
  const served = new Set(services.all().filter(({ rotation }) => rotation.length > 0).map(({ name }) => name))
  const missed = new Set<string>()

  services.events.subscribe((event) => {
    const { type, backend: { name: backend, service }, why, inRotation } = event
    // One that is alone needs no name.
    const where = service === defaultService ? {} : { service }
    if (type === 'transition') {
      const level = worrying.has(event.to) ? 'warn' : 'info'
      log[level]({ ...where, backend, from: event.from, to: event.to, why, inRotation }, `backend is ${event.to}`)
    } else {
      log.info({ ...where, backend, why, inRotation }, words[type])
    }

    const hadAny = served.has(service)
    const hasAny = (services.get(service)?.rotation.length ?? 0) > 0
    if (hasAny === hadAny) return
    if (hasAny) {
      served.add(service)
      if (missed.delete(service)) log.info({ ...where, backend, inRotation }, 'a backend is in rotation again')
    } else {
      served.delete(service)
      missed.add(service)
      log.error({ ...where, backends: services.get(service)?.backends().length ?? 0 }, 'no backend is left in rotation')
    }
  })
}

export default fp(backendRegistry, { name: 'backend-registry', dependencies: ['role', 'policies', 'config-file'], fastify: '5.x' })
