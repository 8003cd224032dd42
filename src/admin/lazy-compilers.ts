interface Compiled {
  (value: unknown): unknown
  errors?: unknown
}

type Factory = (...settings: never[]) => (route: never) => Compiled

/**
 * A factory of validators, or of serializers, for Fastify that compile their schema when a request first needs them. Most routes of the
 * admin API are never called, and to compile them all took a fifth of a start.
 */
export function lazyCompilers<F extends Factory> (factory: F): F {
  const late = (...settings: never[]) => {
    const compile = factory(...settings)
    return (route: never): Compiled => {
      let compiled: Compiled | undefined
      // Fastify reads what a validator found wrong from the function that it called.
      const call: Compiled = (value) => {
        compiled ??= compile(route)
        const result = compiled(value)
        call.errors = compiled.errors
        return result
      }
      return call
    }
  }
  return late as F
}
