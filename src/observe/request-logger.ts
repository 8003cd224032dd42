import type { FastifyBaseLogger } from 'fastify'

/** The log field with the id of the request. */
export const requestIdLabel = 'requestId'

type ChildArguments = Parameters<FastifyBaseLogger['child']>
type Loose = Record<PropertyKey, unknown>

/**
 * A logger that creates its child for a request on first use: Fastify asks for one per request, which costs more than
 * routing the request. Other children are created as usual.
 */
export function withLazyRequestChildren (logger: FastifyBaseLogger): FastifyBaseLogger {
  const shared = logger.child({})
  const makeChild = shared.child
  const LazyChild = lazyChildOf(shared, makeChild)
  shared.child = function child (this: FastifyBaseLogger, ...args: ChildArguments) {
    return requestIdLabel in args[0] ? new LazyChild(this, args) : makeChild.apply(this, args)
  } as typeof makeChild
  return shared
}

/** A class with every member of this logger, inherited ones included; each instance delegates to its own child logger. */
function lazyChildOf (logger: FastifyBaseLogger, makeChild: FastifyBaseLogger['child']) {
  class LazyChild {
    readonly #parent: FastifyBaseLogger
    readonly #args: ChildArguments
    #child: Loose | undefined

    constructor (parent: FastifyBaseLogger, args: ChildArguments) {
      this.#parent = parent
      this.#args = args
    }

    static childOf (lazy: LazyChild): Loose {
      return (lazy.#child ??= makeChild.apply(lazy.#parent, lazy.#args) as unknown as Loose)
    }
  }

  for (let owner: object | null = logger; owner !== null && owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) {
    for (const key of Reflect.ownKeys(owner)) if (!Object.hasOwn(LazyChild.prototype, key)) pass(key)
  }
  return LazyChild as unknown as new (parent: FastifyBaseLogger, args: ChildArguments) => FastifyBaseLogger

  function pass (key: PropertyKey): void {
    const isMethod = typeof (logger as unknown as Loose)[key] === 'function'
    Object.defineProperty(
      LazyChild.prototype,
      key,
      isMethod
        ? {
            value (this: LazyChild, ...args: unknown[]) {
              return Reflect.apply(LazyChild.childOf(this)[key] as () => unknown, LazyChild.childOf(this), args)
            }
          }
        : {
            get (this: LazyChild) {
              return LazyChild.childOf(this)[key]
            },
            set (this: LazyChild, value: unknown) {
              LazyChild.childOf(this)[key] = value
            }
          }
    )
  }
}
