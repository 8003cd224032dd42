import { getHeapStatistics } from 'node:v8'
import type { RequestHead } from '../http/heads.ts'

/**
 * What one field of a head costs: some 16 KB of head cost 49 KB with 198 fields for as long as their request is open, as
 * measured, in strings, in lists and in objects of headers.
 */
const fieldBytes = 240

/** More than a browser's. */
const largeHeadBytes = 50 * fieldBytes

/** The heads of all requests that are open take no more of the heap than this; beyond it, requests get 503. */
const maxHeadBytes = getHeapStatistics().heap_size_limit / 4

/** The exchanges whose client has neither got its answer nor left. */
export class OpenExchanges {
  #count = 0
  #headBytes = 0

  get count (): number {
    return this.#count
  }

  add (head: RequestHead): void {
    this.#count++
    this.#headBytes += headBytesOf(head)
  }

  remove (head: RequestHead): void {
    this.#count--
    this.#headBytes -= headBytesOf(head)
  }

  /** Whether there is no room for this request, which is added already; large heads leave half of it to others. */
  isTooMuch (head: RequestHead): boolean {
    return this.#headBytes > (headBytesOf(head) > largeHeadBytes ? maxHeadBytes / 2 : maxHeadBytes)
  }
}

/** What the head of a request takes of the memory, roughly. */
function headBytesOf ({ fields }: RequestHead): number {
  return fields.count * fieldBytes
}
