/** What can make a backend read a path in another way than it is written: escapes, backslashes, parameters, empty and dot segments. */
const suspicious = /[%\\;]|\/\/|\/\./

/** Whether a path could be read in another way at all: most cannot. */
export function hasReadings (path: string): boolean {
  return suspicious.test(path)
}

/**
 * The ways in which backends could read a path, the one as it is written first, but for the case of hex digits, which means nothing
 * (RFC 3986 section 6.2.2.1); only that one where there is nothing to read differently. By section 6.2.2 unreserved characters are
 * decoded and dot segments are resolved; many merge slashes before that; some go on and take `%2F`, `%5C` and a backslash for a slash,
 * and drop what follows a `;` in a segment, after that or, as Tomcat, before. Each is decoded once, never twice.
 */
export function readingsOf (path: string): readonly string[] {
  if (!hasReadings(path)) return [path]
  const readings = [path.includes('%') ? withUpperCaseEscapes(path) : path]
  const decoded = decodeUnreserved(path)
  addResolved(readings, decoded)
  if (!/[%\\;]/.test(decoded)) return readings
  addResolved(readings, withoutParameters(withSlashes(decoded)))
  if (/;|%3B/.test(decoded)) addResolved(readings, withSlashes(withoutParameters(decoded)))
  return readings
}

/** RFC 3986 section 6.2.2.1. */
export function withUpperCaseEscapes (path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, upperCase)
}

function upperCase (escape: string): string {
  return escape.toUpperCase()
}

/** With the slashes merged, and as they are: `/a//../b` is `/b` to some and `/a/b` to others. */
function addResolved (readings: string[], path: string): void {
  addNew(readings, withoutDots(path))
  if (path.includes('//')) addNew(readings, withoutDots(merged(path)))
}

function addNew (readings: string[], path: string): void {
  if (!readings.includes(path)) readings.push(path)
}

/** Unreserved characters by RFC 3986 section 2.3; the hex digits of the others in upper case, by section 6.2.2.1. */
function decodeUnreserved (path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(parseInt(escape.slice(1), 16))
    return /[\w.~-]/.test(character) ? character : upperCase(escape)
  })
}

function withSlashes (path: string): string {
  return path.replace(/%2F|%5C|\\/g, '/')
}

function withoutParameters (path: string): string {
  return path.replace(/(?:;|%3B)[^/]*/g, '')
}

function merged (path: string): string {
  return path.replace(/\/{2,}/g, '/')
}

/** RFC 3986 section 5.2.4. */
function withoutDots (path: string): string {
  if (!path.includes('/.')) return path
  const kept: string[] = []
  const segments = path.split('/')
  for (const [i, segment] of segments.entries()) {
    const isLast = i === segments.length - 1
    if (segment === '..') {
      if (kept.length > 1) kept.pop()
      if (isLast) kept.push('')
    } else if (segment !== '.') kept.push(segment)
    else if (isLast) kept.push('')
  }
  return kept.length === 1 ? '/' : kept.join('/')
}
