/** The paths of one method: those that are whole, and the beginnings of those that are not. */
interface Paths {
  readonly whole: Set<string>
  readonly beginnings: string[]
}

/**
 * The routes of an owner, as far as it takes to tell cheaply that none of them answers a request. In doubt one may: the router
 * decides then.
 */
export class OwnRoutes {
  readonly #byMethod = new Map<string, Paths>()

  /** `url` as Fastify has it: with parameters and wildcards. */
  add (method: string, url: string): void {
    let paths = this.#byMethod.get(method)
    if (paths === undefined) this.#byMethod.set(method, paths = { whole: new Set(), beginnings: [] })
    const end = url.search(/[:*(]/)
    if (end === -1) paths.whole.add(comparable(url))
    else paths.beginnings.push(comparable(url.slice(0, end)))
  }

  /** Whether one of them could answer a request for this target, in the form in which a backend gets it. */
  mayMatch (method: string, target: string): boolean {
    const paths = this.#byMethod.get(method)
    if (paths === undefined) return false
    const path = pathOf(target)
    // The router decodes a path, and takes that of `OPTIONS *` for another one.
    if (path.includes('%') || path === '*') return true
    const compared = comparable(path)
    if (paths.whole.has(compared)) return true
    for (const beginning of paths.beginnings) if (compared.startsWith(beginning)) return true
    return false
  }
}

/** However the router is set, what is the same to it is the same here. */
function comparable (path: string): string {
  const lower = path.toLowerCase().replaceAll(/\/{2,}/g, '/')
  // An optional parameter is left out with the slash before it.
  return lower.endsWith('/') ? lower.slice(0, -1) : lower
}

function pathOf (target: string): string {
  const end = target.search(/[?;#]/)
  return end === -1 ? target : target.slice(0, end)
}
