import type { Candidate } from './balancer.ts'

/** `derive`, but called again only when it is given another array than the last time: a rotation is one until something changes. */
export function rememberLast<Derived> (derive: (backends: readonly Candidate[]) => Derived): (backends: readonly Candidate[]) => Derived {
  let last: { readonly backends: readonly Candidate[], readonly derived: Derived } | undefined
  return (backends) => {
    if (last?.backends !== backends) last = { backends, derived: derive(backends) }
    return last.derived
  }
}
