import { isDeepStrictEqual } from 'node:util'
import { readRequests, type ReadRequest, type Reading } from '../http1/request-recorder.ts'
import type { Sample } from './generator.ts'
import type { Random } from './random.ts'
import { NOT_REUSED, requestQuirks } from './request-quirks.ts'
import { readWithServer, type ReferenceReading, type ReferenceRequest } from './request-reference.ts'

export interface RequestVerdict {
  readonly ours: Reading
  readonly node: ReferenceReading
  /** What is wrong; '' if nothing is. */
  readonly failure: string
  /** The quirk of Node's parser that explains a difference; '' if there is none. */
  readonly quirk: string
}

/**
 * Holds our parser against the one of Node's HTTP server. Each request that we accept it must accept too, and read in the same
 * way up to the same last byte, and it must find no other among the same bytes. Where we refuse, it may go on.
 */
export async function compareRequests ({ bytes }: Sample, random: Random): Promise<RequestVerdict> {
  const ours = readRequests(random.split(bytes))
  const unsplit = readRequests([bytes])
  const node = await readWithServer(random.split(bytes))
  if (!areSame(ours, unsplit)) return { ours, node, failure: 'another split gives another outcome', quirk: '' }
  const failure = difference(ours, node)
  const quirk = failure === '' ? undefined : requestQuirks.find(({ explains }) => explains(failure, ours, node, bytes.toString('latin1')))
  return quirk === undefined ? { ours, node, failure, quirk: '' } : { ours, node, failure: '', quirk: quirk.name }
}

/** A head that came in pieces is refused when it is whole; one that came at once perhaps before. */
function areSame (ours: Reading, unsplit: Reading): boolean {
  if (ours.end === 'partial' && unsplit.end !== 'idle') return isDeepStrictEqual(ours.requests, unsplit.requests)
  return isDeepStrictEqual(ours, unsplit)
}

function difference (ours: Reading, node: ReferenceReading): string {
  for (const [i, request] of ours.requests.entries()) {
    const reference = node.requests[i]
    if (reference === undefined) return request.head.isMalformed ? '' : `we accept a request, Node does not: ${node.errorCode}`
    const failure = differenceOf(request, reference, ours.end)
    if (failure !== '') return failure
    if (losesWhatFollows(request)) return ''
  }
  if (ours.end !== 'idle' && ours.end !== 'partial' && ours.end !== 'body') return ''
  if (node.requests.length > ours.requests.length) return 'Node reads one request more'
  return ours.end === 'idle' && node.errorCode !== '' ? `we accept all bytes, Node does not: ${node.errorCode}` : ''
}

function differenceOf (ours: ReadRequest, node: ReferenceRequest, end: Reading['end']): string {
  const { head } = ours
  if (head.method !== node.method) return 'the methods differ'
  if (node.httpMajor !== 1 || head.version !== `1.${node.httpMinor}`) return 'the versions differ'
  const isAsSent = /^[/*]/.test(node.url) || head.isMalformed
  if (isAsSent && !head.isMalformed && head.target !== node.url) return 'the targets differ'
  if (!isDeepStrictEqual(isAsSent ? ours.rawHeaders : butHost(ours.rawHeaders), isAsSent ? node.rawHeaders : butHost(node.rawHeaders))) {
    return 'the fields differ'
  }
  if (head.method === 'CONNECT') return ''
  if (ours.isWhole) {
    if (!node.isWhole) return 'we take a request for whole, Node does not'
    if (ours.bytes !== node.bytes) return 'the bodies differ'
    if (!isDeepStrictEqual(ours.trailers, node.trailers)) return 'the trailers differ'
    return ours.keepAlive && !node.keepAlive ? NOT_REUSED : ''
  }
  if (end !== 'body') return ''
  if (node.isWhole) return 'Node takes a request for whole, we do not'
  return ours.bytes === node.bytes ? '' : 'the bodies that were cut off differ'
}

/** After these, Node's server goes another way: it ends the connection, or gives it away. */
function losesWhatFollows ({ head, keepAlive, rawHeaders }: ReadRequest): boolean {
  return !keepAlive || head.method === 'CONNECT' || rawHeaders.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'upgrade')
}

function butHost (raw: readonly string[]): string[] {
  return raw.filter((_, i) => raw[i - i % 2]?.toLowerCase() !== 'host')
}
