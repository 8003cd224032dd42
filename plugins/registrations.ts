import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { SettingError } from '../src/config/setting-error.ts'
import { collectState, restoreState } from '../src/registry/persisted-state.ts'
import { Registrations } from '../src/registry/registrations.ts'
import { RegistryFile } from '../src/registry/registry-file.ts'
import type { Clock } from '../src/base/clock.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly registrations: Registrations
    /** Resolves when all changes of the registry up to now would outlive the process; rejects when they cannot. */
    saveRegistry (): Promise<void>
    /** How often REGISTRY_FILE was found written by somebody else. */
    readonly registryFileConflicts: () => number
  }
}

/** Two gateways that share a file find it changed at every write. */
const warningIntervalMs = 60_000

/** Backends that come and go while the gateway runs, and what of them outlives it. */
async function registrationsPlugin (fastify: FastifyInstance, { clock }: { clock: Clock }) {
  const { config: { REGISTRY_FILE }, registry, services: { default: service } } = fastify
  const registrations = new Registrations({ store: registry, clock, inFlight: (id) => service.get(id)?.inFlight ?? 0 })
  const unsubscribe = service.events.subscribe((event) => {
    if (event.type === 'transition' && event.to === 'drained') registrations.onDrained(event.backend.id)
  })
  const weights = new Map(registry.snapshot().map(({ id, spec }) => [id, spec.weight]))
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
  const collect = () => collectState(registry, registrations, weights)
  const file = REGISTRY_FILE === '' ? undefined : new RegistryFile(REGISTRY_FILE, collect, { onConflict, onInPlace })
  const persisted = await file?.read()
  if (typeof persisted === 'string') throw new SettingError('REGISTRY_FILE', REGISTRY_FILE, persisted)
  if (persisted !== undefined) restoreState(persisted, registry, registrations)

  registrations.changes.subscribe(() => {
    file?.save().catch((error: unknown) => { fastify.log.error({ err: error }, 'REGISTRY_FILE cannot be written') })
  })
  fastify.decorate('registrations', registrations)
  fastify.decorate('registryFileConflicts', () => conflicts)
  fastify.decorate('saveRegistry', async () => { await file?.save() })
  fastify.addHook('onClose', async () => {
    unsubscribe()
    registrations.close()
    await file?.settled()
  })
}

export default fp(registrationsPlugin, { name: 'registrations', dependencies: ['config', 'backend-registry'], fastify: '5.x' })
