/** The methods that pass: those that node:http knows, with a list of our own so that it does not change with Node's version. */
export const methods = [
  'GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'CONNECT', 'TRACE', 'ACL', 'BIND', 'CHECKOUT', 'COPY', 'LINK', 'LOCK',
  'M-SEARCH', 'MERGE', 'MKACTIVITY', 'MKCALENDAR', 'MKCOL', 'MOVE', 'NOTIFY', 'PROPFIND', 'PROPPATCH', 'PURGE', 'QUERY', 'REBIND',
  'REPORT', 'SEARCH', 'SOURCE', 'SUBSCRIBE', 'UNBIND', 'UNLINK', 'UNLOCK', 'UNSUBSCRIBE'
] as const

const longest = Math.max(...methods.map(({ length }) => length))
const methodsOfLength: string[][] = Array.from({ length: longest + 1 }, (_, length) => methods.filter((name) => name.length === length))

/** The method at these bytes as one of the constants above, or undefined. Methods are case-sensitive (RFC 9110 section 9.1). */
export function methodAt (bytes: Uint8Array, start: number, end: number): string | undefined {
  const candidates = methodsOfLength[end - start]
  if (candidates === undefined) return undefined
  for (let i = 0; i < candidates.length; i++) if (isAt(candidates[i]!, bytes, start)) return candidates[i]
  return undefined
}

function isAt (name: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name.charCodeAt(i)) return false
  return true
}
