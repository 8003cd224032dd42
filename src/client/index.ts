import type { FastifyInstance } from 'fastify'
import { realSurroundings } from './membership.ts'
import { checkOptions, type RegisterOptions } from './options.ts'
import { ownUrl } from './own-address.ts'
import { register, type Registered } from './register.ts'

export type { ClientLog, RegisterOptions } from './options.ts'
export { register, type Registered } from './register.ts'

export interface EvenkeelClientOptions extends Omit<RegisterOptions, 'url' | 'log'> {
  /** By default the address and port that this backend listens on, as seen from the gateway. */
  readonly url?: string
}

const retryMs = 1000

/** Of avvio, which Fastify is built on; its types leave it out. */
interface Closing {
  onClose (task: () => Promise<void>): void
}

/**
 * Registers this Fastify backend with its gateways when it listens, and drains it before it closes, so that a deploy loses
 * no request.
 */
async function evenkeelClient (fastify: FastifyInstance, { ...options }: EvenkeelClientOptions): Promise<void> {
  // Fastify passes on what it was given to register plugins with.
  const { prefix: _prefix, logLevel: _logLevel, ...own } = options as EvenkeelClientOptions & { prefix?: string, logLevel?: string }
  const [gateway = ''] = checkOptions(own)
  let registered: Registered | undefined
  let isClosing = false

  async function join (): Promise<void> {
    try {
      const url = own.url ?? await ownUrl(fastify.server, gateway, 'key' in fastify.server ? 'https' : 'http')
      if (!isClosing) registered = register({ ...own, url, log: fastify.log })
    } catch (error) {
      fastify.log.warn({ gateway, reason: (error as Error).message }, 'the gateway cannot be reached')
      if (!isClosing) realSurroundings.clock.after(retryMs, join)
    }
  }

  fastify.addHook('onListen', () => {
    const closing = fastify as FastifyInstance & Closing
    // Registered last, it runs first: as soon as Fastify itself begins to close, it answers requests with 503.
    closing.onClose(async () => {
      isClosing = true
      await registered?.drain()
    })
    join()
  })
}

// What fastify-plugin does, without a dependency: the hooks are those of the whole server.
export default Object.assign(evenkeelClient, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'evenkeel-client',
  [Symbol.for('plugin-meta')]: { name: 'evenkeel-client', fastify: '5.x' }
})
