/** An empty or a dot segment; the other things that a backend may read in another way are single characters. */
const suspiciousSegment = /\/[/.]/

/** Whether a path could be read in another way at all: most cannot. Looks for single characters are the fastest on long paths. */
export function hasReadings (path: string): boolean {
  return path.includes('%') || path.includes('\\') || path.includes(';') || suspiciousSegment.test(path)
}

/** What some backends take for a slash, each for itself, after escapes of unreserved characters are decoded. */
const slashes = ['%2F', '%5C', '\\']

/** What some take for the beginning of parameters, which they drop with the rest of the segment. */
const parameters = [/;[^/]*/g, /%3B[^/]*/g, /(?:;|%3B)[^/]*/g]

/** All of `eachReading`. */
export function readingsOf (path: string): readonly string[] {
  return [...new Set(eachReading(path))]
}

/**
 * The ways in which backends could read a path, the one as it is written first, but for the case of hex digits, which means nothing
 * (RFC 3986 section 6.2.2.1); only that one where there is nothing to read differently. By section 6.2.2 unreserved characters are
 * decoded and dot segments are resolved; many merge slashes before that; some go on and take `%2F`, `%5C` or a backslash for a slash,
 * any of them without the others, and drop what follows a `;` in a segment, after that or, as Tomcat, before. Each is decoded once,
 * never twice. They come as they are asked for, since two that lead to different routes are enough; some come more than once.
 */
export function * eachReading (path: string): Generator<string, undefined> {
  const hasEscapes = path.includes('%')
  yield hasEscapes ? withUpperCaseEscapes(path) : path
  if (!hasReadings(path)) return
  const decoded = hasEscapes ? decodeUnreserved(path) : path
  yield * resolved(decoded)
  const slashed = withEachOf(slashes, decoded)
  for (let i = 1; i < slashed.length; i++) yield * resolved(slashed[i]!)
  if (!decoded.includes(';') && !decoded.includes('%3B')) return
  for (const dropped of parameters) {
    for (const each of slashed) yield * resolved(each.replace(dropped, ''))
    for (const each of withEachOf(slashes, decoded.replace(dropped, ''))) yield * resolved(each)
  }
}

/** The text as it is, and with each selection of these taken for a slash. */
function withEachOf (taken: readonly string[], text: string): string[] {
  const texts = [text]
  for (const each of taken) {
    if (!text.includes(each)) continue
    const { length } = texts
    for (let i = 0; i < length; i++) texts.push(texts[i]!.replaceAll(each, '/'))
  }
  return texts
}

/** RFC 3986 section 6.2.2.1. */
export function withUpperCaseEscapes (path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, upperCase)
}

function upperCase (escape: string): string {
  return escape.toUpperCase()
}

/** With the slashes merged, and as they are: `/a//../b` is `/b` to some and `/a/b` to others. */
function * resolved (path: string): Generator<string, undefined> {
  yield withoutDots(path)
  if (path.includes('//')) yield withoutDots(merged(path))
}

/** Unreserved characters by RFC 3986 section 2.3; the hex digits of the others in upper case, by section 6.2.2.1. */
function decodeUnreserved (path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(parseInt(escape.slice(1), 16))
    return /[\w.~-]/.test(character) ? character : upperCase(escape)
  })
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
