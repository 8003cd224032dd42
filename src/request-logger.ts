import type { FastifyBaseLogger } from 'fastify'

/**
 * A logger that serves all requests itself. Fastify asks for a child per request, which costs more than the request's way
 * through the router; here the access log names what belongs to a line. Any other child is made as usual.
 */
export function withoutRequestChildren (logger: FastifyBaseLogger): FastifyBaseLogger {
  const shared = logger.child({})
  const makeChild = shared.child
  shared.child = function child (this: FastifyBaseLogger, bindings, options) {
    return 'reqId' in bindings ? this : makeChild.call(this, bindings, options)
  } as typeof makeChild
  return shared
}
