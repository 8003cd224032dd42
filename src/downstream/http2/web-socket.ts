import { createHash, randomBytes } from 'node:crypto'
import { Fields } from '../../http/fields.ts'
import type { RequestHead } from '../../http/heads.ts'

/** RFC 6455 section 1.3. */
const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/**
 * A WebSocket that is asked for by HTTP/2 has no key (RFC 8441 section 5); its backend, which speaks HTTP/1.1, wants one. Returns the
 * head with one of ours, and what the backend has to answer to it.
 */
export function withWebSocketKey (head: RequestHead): { head: RequestHead, accept: string } {
  const key = randomBytes(16).toString('base64')
  const raw = head.fields.toRaw()
  const kept = raw.filter((_, i) => raw[i - i % 2]!.toLowerCase() !== 'sec-websocket-key')
  const fields = Fields.from([...kept, 'sec-websocket-key', key])
  return { head: { ...head, fields }, accept: createHash('sha1').update(key + guid).digest('base64') }
}

/** The answer to our key among the lines of a 101, and the lines without it. */
export function takeAccept (lines: string): { accept: string | undefined, rest: string } {
  let accept: string | undefined
  const rest = lines.replace(/^sec-websocket-accept:[\t ]*(.*?)[\t ]*\r\n/im, (_, value: string) => {
    accept = value
    return ''
  })
  return { accept, rest }
}
