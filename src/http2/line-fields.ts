import { lowerCaseName } from '../http/lower-case.ts'
import { connectionFields } from './connection-fields.ts'

/** What HPACK gets of a head whose lines are HTTP/1.1's: [name, value, …], without what belongs to a connection of HTTP/1.1. */
export function responseFields (statusCode: number, lines: string): string[] {
  return addFields([':status', String(statusCode)], lines)
}

/**
 * What HPACK gets of the head of a request whose text is HTTP/1.1's: the request line, field lines and an empty line, all with their
 * CRLF.
 */
export function requestFields (head: string, scheme: 'http' | 'https'): string[] {
  const lineEnd = head.indexOf('\r\n')
  const [method = '', target = ''] = head.slice(0, lineEnd).split(' ')
  const raw = addFields([':method', method, ':scheme', scheme, ':authority', '', ':path', target], head.slice(lineEnd + 2, -2))
  for (let i = 8; i < raw.length; i += 2) {
    if (raw[i] !== 'host') continue
    raw[5] = raw[i + 1]!
    raw.splice(i, 2)
    break
  }
  return raw
}

export function trailerFields (lines: string): string[] | undefined {
  return lines === '' ? undefined : addFields([], lines)
}

function addFields (raw: string[], lines: string): string[] {
  for (let at = 0; at < lines.length;) {
    const colon = lines.indexOf(':', at)
    const end = lines.indexOf('\r\n', colon)
    const name = lowerCaseName(lines.slice(at, colon))
    if (!connectionFields.has(name)) raw.push(name, withoutBlanks(lines, colon + 1, end))
    at = end + 2
  }
  return raw
}

/** Without the blanks around it (RFC 9110 section 5.5). `trim` would take bytes of UTF-8 for blanks, such as the last one of `à`. */
function withoutBlanks (lines: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(lines.charCodeAt(start))) start++
  while (start < end && isBlank(lines.charCodeAt(end - 1))) end--
  return lines.slice(start, end)
}

function isBlank (code: number): boolean {
  return code === 0x20 || code === 0x09
}
