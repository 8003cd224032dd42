import { withoutQuery } from '../http/request-target.ts'

/** Another prefix in the place of the one that a route has matched. */
export interface PathEdit {
  /** As the route has it: without a slash at the end, but for `/` itself. */
  readonly prefix: string
  /** Begins with a slash. */
  readonly replacement: string
}

/**
 * The target with the prefix replaced, by the rules of the Gateway API's ReplacePrefixMatch. It begins with exactly one slash: `//host`
 * would be read as another host. What follows the prefix, the query included, stays byte for byte.
 */
export function replacePrefix (target: string, { prefix, replacement }: PathEdit): string {
  if (target === '*') return target
  const path = withoutQuery(target)
  const after = path.slice(endOfPrefix(path, prefix))
  const base = replacement.replace(/\/+$/, '')
  // What follows it begins with a slash, or is nothing.
  const edited = after === '' && base !== '' ? base : `${base}/${after.replace(/^\/+/, '')}`
  return edited + target.slice(path.length)
}

/** What of the target was taken away: as the client wrote it. */
export function takenPrefix (target: string, { prefix }: PathEdit): string {
  const path = withoutQuery(target)
  return path.slice(0, endOfPrefix(path, prefix))
}

/** Where the segments of the prefix end in a path, in which they may be written with escapes. */
function endOfPrefix (path: string, prefix: string): number {
  if (prefix === '/') return 0
  let at = 0
  for (let segments = prefix.split('/').length - 1; segments > 0 && at !== -1; segments--) at = path.indexOf('/', at + 1)
  return at === -1 ? path.length : at
}
