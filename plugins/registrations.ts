import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { partsOf, readAnnouncedRoute, sentenceOf } from '../src/admin/announced-route.ts'
import type { BackendSpec } from '../src/backends/spec.ts'
import { SettingError } from '../src/config/setting-error.ts'
import type { PersistedDiscovered, PersistedRoute, RegistryState } from '../src/registry/file-schema.ts'
import { collectState, discoveredIn, restoreState, specOfDiscovered } from '../src/registry/persisted-state.ts'
import { Registrations } from '../src/registry/registrations.ts'
import { problemWithState, RegistryFile } from '../src/registry/registry-file.ts'
import type { Clock } from '../src/base/clock.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly registrations: Registrations
    /** Resolves when all changes of the registry up to now would outlive the process; rejects when they cannot. */
    saveRegistry (): Promise<void>
    /** Weights of backends as BACKENDS and the configuration file have them, by id: what differs is an operator's decision. */
    readonly configuredWeights: Map<string, number>
    /** The backends that were discovered for this service before the restart; asked once, by its discovery. */
    takeDiscovered (service: string): readonly BackendSpec[]
    /** How often REGISTRY_FILE was found written by somebody else. */
    readonly registryFileConflicts: () => number
    readonly registryBequest: RegistryBequest
  }
}

/** The registry as it is given to a control that takes the place of this one. */
export interface RegistryBequest {
  /** It is given away: what is changed here from now on is lost. */
  readonly isGiven: boolean
  /** Resolves with it. From then on, REGISTRY_FILE is not written here. */
  give (): Promise<RegistryState>
  /** Nobody takes the place of this control after all. */
  takeBack (): void
}

/** Two gateways that share a file find it changed at every write. */
const warningIntervalMs = 60_000

/** Backends that come and go while the gateway runs, and what of them outlives it. */
async function registrationsPlugin (fastify: FastifyInstance, { clock }: { clock: Clock }) {
  const { config: { REGISTRY_FILE }, registry, services, announcements, predecessor } = fastify
  const registrations = new Registrations({ store: registry, clock, inFlight: (id) => services.find(id)?.inFlight ?? 0 })
  const unsubscribe = services.events.subscribe((event) => {
    if (event.type === 'transition' && event.to === 'drained') registrations.onDrained(event.backend.id)
  })
  const configuredWeights = new Map(registry.snapshot().map(({ id, spec }) => [id, spec.weight]))
  let discovered: readonly PersistedDiscovered[] = []
  const warn = (fields: object, what: string): void => { fastify.log.warn({ file: REGISTRY_FILE, ...fields }, `REGISTRY_FILE ${what}`) }
  let conflicts = 0
  let warnedAt = -Infinity
  function onConflict (): void {
    conflicts++
    const now = clock.now()
    if (now - warnedAt < warningIntervalMs) return
    warnedAt = now
    warn({ conflicts }, 'was changed by another process and will be overwritten: give each gateway its own file')
  }
  function onInPlace (): void {
    warn({}, 'cannot be replaced and is written in place, so a crash can corrupt it: mount its folder, not the file')
  }
  const collect = () => collectState({
    store: registry, registrations, configuredWeights, keptRoutes: () => announcements.kept(), discovered, writeRoute: partsOf
  })
  const file = REGISTRY_FILE === '' ? undefined : new RegistryFile(REGISTRY_FILE, collect, { onConflict, onInPlace })
  const read = await file?.read()
  if (typeof read === 'string') throw new SettingError('REGISTRY_FILE', REGISTRY_FILE, read)
  const persisted = inherited() ?? read
  if (persisted !== undefined) {
    const onRefused = (service: string, why: string): void => { warn({ service, why }, 'has a route that is not valid and is left out') }
    announcements.restore(restoreState(persisted, { store: registry, registrations, readRoute, onRefused }))
    discovered = discoveredIn(persisted)
  }

  /** What the control before this one knows is newer than any file. */
  function inherited (): RegistryState | undefined {
    if (predecessor === undefined) return undefined
    const { registry: state } = predecessor.inheritance
    const problem = problemWithState(state)
    if (problem === undefined) return state as RegistryState
    fastify.log.warn({ problem }, 'what the control before this one knows of the registry cannot be read, and is not taken over')
    return undefined
  }

  let isGiven = false
  fastify.decorate('registryBequest', {
    get isGiven () { return isGiven },
    async give () {
      isGiven = true
      await file?.settled()
      return collect()
    },
    takeBack () {
      isGiven = false
      save()
    }
  })

  async function write (): Promise<void> {
    if (!isGiven) await file?.save()
  }

  function save (): void {
    write().catch((error: unknown) => { fastify.log.error({ err: error }, 'REGISTRY_FILE cannot be written') })
  }
  registrations.changes.subscribe(save)
  const unwatchRoutes = announcements.watch(save)
  fastify.decorate('configuredWeights', configuredWeights)
  fastify.decorate('takeDiscovered', (service) => {
    const taken = discovered.filter((each) => each.service === service)
    discovered = discovered.filter((each) => each.service !== service)
    return taken.map(specOfDiscovered)
  })
  fastify.decorate('registrations', registrations)
  fastify.decorate('registryFileConflicts', () => conflicts)
  fastify.decorate('saveRegistry', write)
  fastify.addHook('onClose', async () => {
    unsubscribe()
    unwatchRoutes()
    registrations.close()
    await file?.settled()
  })
}

function readRoute (said: PersistedRoute) {
  const route = readAnnouncedRoute(said)
  return Array.isArray(route) ? sentenceOf(route, 'route') : route
}

export default fp(registrationsPlugin, {
  name: 'registrations',
  dependencies: ['config', 'role', 'backend-registry', 'announcements'],
  fastify: '5.x'
})
