import type { FastifyInstance } from 'fastify'
import { checkOptions, type RegisterOptions } from './options.ts'
import { register, type Registered } from './register.ts'

export type { ClientLog } from './log.ts'
export type { HealthCheckOptions, RegisterOptions, RouteOptions } from './options.ts'
export { register, type Registered } from './register.ts'

/** By default the url is the address and port that this backend listens on, as each gateway reaches it. */
export type EvenkeelClientOptions = Omit<RegisterOptions, 'server'>

/** Registers this Fastify backend with its gateways when it listens, and drains it before it closes, so that a deploy loses no request. */
async function evenkeelClient (fastify: FastifyInstance, options: EvenkeelClientOptions): Promise<void> {
  // Fastify adds its own register options.
  const {
    prefix: _prefix,
    logLevel: _logLevel,
    logSerializers: _logSerializers,
    ...own
  } = options as EvenkeelClientOptions & Record<string, unknown>
  checkOptions(own)

  let registered: Registered | undefined
  const drain = async (): Promise<void> => { await registered?.drain() }

  fastify.addHook('onListen', () => {
    // Closed before it listened on all its addresses.
    if (!fastify.server.listening) return
    const { log = fastify.log } = own
    const protocol = own.protocol ?? (own.url === undefined && fastify.initialConfig.http2 === true ? 'h2' : undefined)
    registered = register({ ...own, ...(protocol !== undefined && { protocol }), server: fastify.server, log })
    // `preClose` is too late: by then Fastify responds with 503. avvio's `onClose` (missing in Fastify's types) runs its tasks
    // last in, first out, so a task that is added here runs before Fastify's own close.
    const { onClose } = fastify as FastifyInstance & { onClose?: (task: () => Promise<void>) => void }
    onClose?.call(fastify, drain)
  })
  fastify.addHook('preClose', drain)
}

// The same as fastify-plugin without the dependency: the hooks apply to the whole server.
export default Object.assign(evenkeelClient, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'evenkeel-client',
  [Symbol.for('plugin-meta')]: { name: 'evenkeel-client', fastify: '5.x' }
})
