import { ResponseError } from './response-error.ts'

/** Bytes of a token (RFC 9110 section 5.6.2). */
export const isTokenByte = tableOf("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

/** Bytes of a field value (RFC 9110 section 5.5): HTAB, SP, VCHAR, obs-text. */
export const isValueByte = new Uint8Array(256).map((_, byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f) ? 1 : 0)

const cr = 0x0d
const lf = 0x0a
const space = 0x20
const tab = 0x09
const colon = 0x3a

/**
 * Reads field lines, each with its CRLF, from `start` to `end` of `bytes` into a flat list of names and values. Strict
 * where leniency has been used for attacks: no bare CR or LF, no folding, no space before the colon (RFC 9112 section 5).
 */
export function readFields (bytes: Buffer, start: number, end: number, maxFields: number): string[] {
  const text = bytes.toString('latin1', start, end)
  const fields: string[] = []
  let at = start
  while (at < end) {
    const nameStart = at
    while (isTokenByte[bytes[at] as number] === 1) at++
    if (at === nameStart || at >= end || bytes[at] !== colon) throw new ResponseError('bad-header')
    const nameEnd = at++
    while (bytes[at] === space || bytes[at] === tab) at++
    const valueStart = at
    while (isValueByte[bytes[at] as number] === 1) at++
    if (at + 1 >= end || bytes[at] !== cr || bytes[at + 1] !== lf) throw new ResponseError('bad-header')
    let valueEnd = at
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === space || bytes[valueEnd - 1] === tab)) valueEnd--
    if (fields.length === 2 * maxFields) throw new ResponseError('head-too-large')
    fields.push(text.slice(nameStart - start, nameEnd - start), text.slice(valueStart - start, valueEnd - start))
    at += 2
  }
  return fields
}

function tableOf (characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1
  return table
}
