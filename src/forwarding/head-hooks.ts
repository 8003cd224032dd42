import { Fields } from '../http/fields.ts'
import { headerKind } from '../http/header-kind.ts'
import type { ResponseHead } from '../http/heads.ts'
import { reasons } from '../http/reasons.ts'
import { isForHooks, valuesOf, type HookHeaders } from './hook-headers.ts'

/** The head of a response as hooks want it. */
export interface SettledHead extends ResponseHead {
  /** A hook wants the client's connection to end with this response. */
  readonly isLast: boolean
}

/** The owner's hooks that see the head of a response before it goes out. */
export interface HeadHooks {
  /** Calls `done` once: with the head as the hooks want it, or with undefined and what one of them has thrown. */
  run (head: ResponseHead, done: (settled: SettledHead | undefined, error?: unknown) => void): void
}

/** The headers of a response by their names in lower case, without those of its framing and connection. */
export function headersForHooks (fields: Fields): Map<string, string[]> {
  const headers = new Map<string, string[]>()
  const raw = fields.toRaw()
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase()
    // The name of the request is the gateway's, or a hook's, but not the backend's.
    if (!isForHooks(name, false) || headerKind(name) === 'request-id') continue
    const values = headers.get(name)
    if (values === undefined) headers.set(name, [raw[i + 1] as string])
    else values.push(raw[i + 1] as string)
  }
  return headers
}

/**
 * The head after hooks: `shown` is what they saw, `wanted` what they have left, by lower-case names. What they have not touched
 * keeps its bytes, its case and its place. Throws a TypeError on what cannot be sent.
 */
export function settledHead (head: ResponseHead, shown: ReadonlyMap<string, readonly string[]>, wanted: HookHeaders, statusCode: number): ResponseHead {
  const before = head.fields.toRaw()
  const raw: string[] = []
  const written = new Set<string>()
  for (let i = 0; i < before.length; i += 2) {
    const name = before[i] as string
    const lower = name.toLowerCase()
    if (headerKind(name) === 'request-id') continue
    const seen = shown.get(lower)
    const values = valuesOf(Object.hasOwn(wanted, lower) ? wanted[lower] : undefined)
    if (seen === undefined || isSame(seen, values)) raw.push(name, before[i + 1] as string)
    else if (!written.has(lower)) pushAll(raw, name, values)
    written.add(lower)
  }
  for (const name in wanted) if (!shown.has(name) && isForHooks(name, false)) pushAll(raw, name, valuesOf(wanted[name]))
  return { ...settledStatus(head, statusCode), fields: Fields.from(raw) }
}

function settledStatus ({ statusCode, reason }: ResponseHead, wanted: number): Omit<ResponseHead, 'fields'> {
  if (wanted === statusCode) return { statusCode, reason }
  // The body is what it is: it cannot appear, nor vanish.
  if (!mayHaveBody(statusCode) || !mayHaveBody(wanted)) throw new TypeError(`an onSend hook cannot make a ${wanted} of a ${statusCode}`)
  return { statusCode: wanted, reason: reasons[wanted] ?? '' }
}

function mayHaveBody (statusCode: number): boolean {
  return statusCode >= 200 && statusCode !== 204 && statusCode !== 205 && statusCode !== 304
}

function isSame (before: readonly string[], values: readonly string[]): boolean {
  return before.length === values.length && before.every((value, i) => value === values[i])
}

function pushAll (raw: string[], name: string, values: readonly string[]): void {
  for (const value of values) raw.push(name, value)
}
