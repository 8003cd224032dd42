import { lowerCaseName } from '../../http/lower-case.ts'

/** RFC 9113 section 8.2.2. */
const connectionFields = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

/** What HPACK gets of a head whose lines are HTTP/1.1's: [name, value, …], without what belongs to a connection of HTTP/1.1. */
export function responseFields (statusCode: number, lines: string): string[] {
  return addFields([':status', String(statusCode)], lines)
}

export function trailerFields (lines: string): string[] | undefined {
  return lines === '' ? undefined : addFields([], lines)
}

function addFields (raw: string[], lines: string): string[] {
  for (let at = 0; at < lines.length;) {
    const colon = lines.indexOf(':', at)
    const end = lines.indexOf('\r\n', colon)
    const name = lowerCaseName(lines.slice(at, colon))
    if (!connectionFields.has(name)) raw.push(name, lines.slice(colon + 1, end).trim())
    at = end + 2
  }
  return raw
}
