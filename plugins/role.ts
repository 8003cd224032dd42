import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { packageVersion } from '../src/base/package-version.ts'
import type { Clock } from '../src/base/clock.ts'
import { Predecessor } from '../src/link/predecessor.ts'
import { Replica } from '../src/link/replica.ts'
import { workersOf, type ProcessRole } from '../src/link/process-role.ts'

export interface RoleOptions {
  readonly clock: Clock
  readonly role: ProcessRole
}

declare module 'fastify' {
  interface FastifyInstance {
    /** What this process does of what the gateway does: everything, or with WORKERS one of two parts of it. */
    readonly role: ProcessRole
    /** In a worker: what control has decided. */
    readonly replica: Replica | undefined
    /** In control: the one whose place it takes, if there is one, which has said what there is to inherit. */
    readonly predecessor: Predecessor | undefined
  }
}

/** In a worker it waits until control has said how things are: nothing that follows begins without that. */
async function rolePlugin (fastify: FastifyInstance, { clock, role }: RoleOptions) {
  fastify.decorate('role', { getter: () => role })
  const predecessor = role.type === 'control' ? await predecessorOf(role) : undefined
  fastify.decorate('predecessor', predecessor)
  fastify.addHook('onClose', () => { predecessor?.leave() })
  if (role.type !== 'worker') {
    fastify.decorate('replica', undefined)
    return
  }
  const { link: path, number: worker, pid } = role
  const replica = new Replica({ path, worker, pid, version: packageVersion, clock, workers: workersOf(fastify.config.WORKERS) })
  await replica.connect()
  fastify.decorate('replica', replica)
  fastify.addHook('onClose', () => { replica.close() })

  /** Without what it knows, the start goes on: it would be worse to have no gateway. */
  async function predecessorOf ({ predecessor: path }: Extract<ProcessRole, { type: 'control' }>): Promise<Predecessor | undefined> {
    if (path === undefined) return undefined
    const predecessor = await Predecessor.ask(path, packageVersion, clock)
    if (predecessor === undefined) fastify.log.warn('the control before this one did not answer: what it knows is not taken over')
    return predecessor
  }
}

export default fp(rolePlugin, { name: 'role', dependencies: ['config'], fastify: '5.x' })
