import type { IncomingMessage } from 'node:http'
import { getHeapStatistics } from 'node:v8'

/**
 * What one string of a head costs: some 16 KB of head cost 49 KB with 198 fields for as long as their request is open, as
 * measured, in strings, in two lists and in the object of headers.
 */
const stringBytes = 120

/** More than a browser's. */
const largeHeadBytes = 100 * stringBytes

/** The heads of all requests that are open take no more of the heap than this; beyond it, requests get 503. */
const maxHeadBytes = getHeapStatistics().heap_size_limit / 4

/** What the head of a request takes of the memory, roughly. */
export function headBytesOf ({ rawHeaders }: IncomingMessage): number {
  return rawHeaders.length * stringBytes
}

/** Whether there is no room for this request, whose head is counted in `openBytes`; large heads leave half of it to others. */
export function isTooMuch (openBytes: number, req: IncomingMessage): boolean {
  return openBytes > (headBytesOf(req) > largeHeadBytes ? maxHeadBytes / 2 : maxHeadBytes)
}
