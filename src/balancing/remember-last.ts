import type { Backend } from '../backends/backend.ts'

/** `derive`, but called again only when it is given another array than the last time: a rotation is one until something changes. */
export function rememberLast<Derived> (derive: (backends: readonly Backend[]) => Derived): (backends: readonly Backend[]) => Derived {
  let last: { readonly backends: readonly Backend[], readonly derived: Derived } | undefined
  return (backends) => {
    if (last?.backends !== backends) last = { backends, derived: derive(backends) }
    return last.derived
  }
}
