import { Ajv } from 'ajv'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { registryStateSchema } from '../src/admin/schemas.ts'
import { collectState, problemWithUrls, restoreState } from '../src/registry/persisted-state.ts'
import { Registrations } from '../src/registry/registrations.ts'
import { RegistryFile, type RegistryState } from '../src/registry/registry-file.ts'
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
  const { config: { REGISTRY_FILE }, registry } = fastify
  const registrations = new Registrations(registry, clock)
  const weights = new Map(registry.backends().map(({ id, weight }) => [id, weight]))
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
  const collect = (): RegistryState => collectState(registry, registrations, weights)
  const file = REGISTRY_FILE === '' ? undefined : new RegistryFile(REGISTRY_FILE, collect, { onConflict, onInPlace })
  const persisted = await file?.read(problemWith)
  if (persisted !== undefined) restoreState(persisted, registry, registrations)

  registrations.onChange = () => {
    file?.save().catch((error: unknown) => { fastify.log.error({ err: error }, 'REGISTRY_FILE cannot be written') })
  }
  fastify.decorate('registrations', registrations)
  fastify.decorate('registryFileConflicts', () => conflicts)
  fastify.decorate('saveRegistry', async () => { await file?.save() })
  fastify.addHook('onClose', async () => {
    registrations.close()
    await file?.settled()
  })
}

const isRegistryState = new Ajv().compile<RegistryState>(registryStateSchema)

function problemWith (state: unknown): string | undefined {
  if (isRegistryState(state)) return problemWithUrls(state)
  const [error] = isRegistryState.errors ?? []
  return `${error?.instancePath ?? ''} ${error?.message ?? 'is not valid'}`.trim()
}

export default fp(registrationsPlugin, { name: 'registrations', dependencies: ['config', 'backend-registry'], fastify: '5.x' })
