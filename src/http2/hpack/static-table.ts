/** RFC 7541 appendix A, as [name, value, …]; the first entry has index 1. */
export const staticFields: readonly string[] = [
  ':authority', '',
  ':method', 'GET',
  ':method', 'POST',
  ':path', '/',
  ':path', '/index.html',
  ':scheme', 'http',
  ':scheme', 'https',
  ':status', '200',
  ':status', '204',
  ':status', '206',
  ':status', '304',
  ':status', '400',
  ':status', '404',
  ':status', '500',
  'accept-charset', '',
  'accept-encoding', 'gzip, deflate',
  'accept-language', '',
  'accept-ranges', '',
  'accept', '',
  'access-control-allow-origin', '',
  'age', '',
  'allow', '',
  'authorization', '',
  'cache-control', '',
  'content-disposition', '',
  'content-encoding', '',
  'content-language', '',
  'content-length', '',
  'content-location', '',
  'content-range', '',
  'content-type', '',
  'cookie', '',
  'date', '',
  'etag', '',
  'expect', '',
  'expires', '',
  'from', '',
  'host', '',
  'if-match', '',
  'if-modified-since', '',
  'if-none-match', '',
  'if-range', '',
  'if-unmodified-since', '',
  'last-modified', '',
  'link', '',
  'location', '',
  'max-forwards', '',
  'proxy-authenticate', '',
  'proxy-authorization', '',
  'range', '',
  'referer', '',
  'refresh', '',
  'retry-after', '',
  'server', '',
  'set-cookie', '',
  'strict-transport-security', '',
  'transfer-encoding', '',
  'user-agent', '',
  'vary', '',
  'via', '',
  'www-authenticate', ''
]

/** How many entries the static table has; the dynamic table begins after them (RFC 7541 section 2.3.3). */
export const STATIC_LENGTH = staticFields.length >> 1

/** The first index with each name. */
const indexByName = new Map<string, number>()

/** The index of each entry, by name and value. */
const indexByField = new Map<string, number>()

for (let index = STATIC_LENGTH; index > 0; index--) {
  const name = staticFields[2 * index - 2]!
  indexByName.set(name, index)
  indexByField.set(fieldKey(name, staticFields[2 * index - 1]!), index)
}

/** A name and a value as one key: a name holds no colon but at its beginning, where a pseudo-header has it. */
export function fieldKey (name: string, value: string): string {
  return `${name}: ${value}`
}

/** The index of the entry with this name and value, or 0. */
export function staticIndexOf (key: string): number {
  return indexByField.get(key) ?? 0
}

/** The index of the first entry with this name, or 0. */
export function staticNameIndexOf (name: string): number {
  return indexByName.get(name) ?? 0
}
