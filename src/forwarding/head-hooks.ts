import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http'
import { headerKind } from '../http/header-kind.ts'
import { isForHooks } from './hook-headers.ts'
import type { HeadFields } from './headers-to-client.ts'

/** The owner's hooks that see the head of a response before it goes out. */
export interface HeadHooks {
  /** Calls `done` once: with the head as the hooks want it, or with undefined and what one of them has thrown. */
  run (head: HeadFields, done: (settled: HeadFields | undefined, error?: unknown) => void): void
}

/** A header as hooks see and set it. */
export type HookValue = string | number | readonly string[] | undefined

/** The headers of a response by their names in lower case, without those of its framing and connection. */
export function headersForHooks (rawHeaders: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase()
    // The name of the request is the gateway's, or a hook's, but not the backend's.
    if (!isForHooks(name, false) || headerKind(name) === 'request-id') continue
    const values = headers.get(name)
    if (values === undefined) headers.set(name, [rawHeaders[i + 1] as string])
    else values.push(rawHeaders[i + 1] as string)
  }
  return headers
}

/**
 * The head after hooks: `shown` is what they saw, `wanted` what they have left, by lower-case names. What they have not touched
 * keeps its bytes, its case and its place. Throws on what cannot be sent.
 */
export function settledHead (head: HeadFields, shown: ReadonlyMap<string, readonly string[]>, wanted: Readonly<Record<string, HookValue>>, statusCode: number): HeadFields {
  const rawHeaders: string[] = []
  const written = new Set<string>()
  for (let i = 0; i < head.rawHeaders.length; i += 2) {
    const name = head.rawHeaders[i] as string
    const lower = name.toLowerCase()
    if (headerKind(name) === 'request-id') continue
    const before = shown.get(lower)
    const values = valuesOf(Object.hasOwn(wanted, lower) ? wanted[lower] : undefined)
    if (before === undefined || isSame(before, values)) rawHeaders.push(name, head.rawHeaders[i + 1] as string)
    else if (!written.has(lower)) pushChecked(rawHeaders, name, values)
    written.add(lower)
  }
  for (const name in wanted) if (!shown.has(name) && isForHooks(name, false)) pushChecked(rawHeaders, name, valuesOf(wanted[name]))
  return { ...settledStatus(head, statusCode), rawHeaders }
}

function settledStatus ({ statusCode, reason }: HeadFields, wanted: number): Omit<HeadFields, 'rawHeaders'> {
  if (wanted === statusCode) return { statusCode, reason }
  // The body is what it is: it cannot appear, nor vanish.
  if (!mayHaveBody(statusCode) || !mayHaveBody(wanted)) throw new TypeError(`an onSend hook cannot make a ${wanted} of a ${statusCode}`)
  return { statusCode: wanted, reason: STATUS_CODES[wanted] ?? '' }
}

function mayHaveBody (statusCode: number): boolean {
  return statusCode >= 200 && statusCode !== 204 && statusCode !== 205 && statusCode !== 304
}

function valuesOf (value: HookValue): string[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value.map(String) : [String(value)]
}

function isSame (before: readonly string[], values: readonly string[]): boolean {
  return before.length === values.length && before.every((value, i) => value === values[i])
}

function pushChecked (rawHeaders: string[], name: string, values: readonly string[]): void {
  for (const value of values) {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    rawHeaders.push(name, value)
  }
}
