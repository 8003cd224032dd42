import { isDeepStrictEqual } from 'node:util'
import type { RecordedHead } from '../http1/response-recorder.ts'
import { record, type Outcome } from '../http1/response-recorder.ts'
import type { Sample } from './generator.ts'
import type { Random } from './random.ts'
import { NOT_REUSED, quirks } from './quirks.ts'
import { readWithNode, type ReferenceHead, type ReferenceOutcome } from './reference.ts'

export interface Verdict {
  readonly ours: Outcome
  /** What Node made of the same message; null if we refused it, since being stricter is allowed. */
  readonly node: ReferenceOutcome | null
  /** What is wrong; '' if nothing is. */
  readonly failure: string
  /** The quirk of Node's parser that explains a difference; '' if there is none. */
  readonly quirk: string
}

/**
 * Holds our parser against the one of Node's HTTP client. What we accept, it must accept too and read in the same way, up
 * to the same last byte; what we take for truncated it must not take for whole.
 */
export async function compare (sample: Sample, random: Random): Promise<Verdict> {
  const { bytes, method, upgrade } = sample
  const ours = record(random.split(bytes), sample)
  const unsplit = record([bytes], sample)
  if (!isDeepStrictEqual(ours, unsplit)) return { ours, node: null, failure: 'another split gives another outcome', quirk: '' }
  if (ours.end !== 'complete' && ours.end !== 'tunnel' && ours.end !== 'truncated') return { ours, node: null, failure: '', quirk: '' }

  const message = ours.end === 'truncated' ? bytes : bytes.subarray(0, ours.consumed)
  const node = await readWithNode(random.split(message), method, upgrade)
  let failure = difference(ours, node)
  if (failure === '' && ours.end !== 'truncated' && ours.head?.framing !== 'close') {
    const shortened = await readWithNode([message.subarray(0, -1)], method, upgrade)
    if (shortened.end === ours.end) failure = 'Node does not need the last byte'
  }
  const quirk = failure === '' ? undefined : quirks.find(({ explains }) => explains(failure, ours, node, message.toString('latin1')))
  return quirk === undefined ? { ours, node, failure, quirk: '' } : { ours, node, failure: '', quirk: quirk.name }
}

function difference (ours: Outcome, node: ReferenceOutcome): string {
  if (ours.end === 'truncated') {
    if (node.end === 'complete' || node.end === 'tunnel') return `we take it for truncated, Node for ${node.end}`
    return node.end === 'truncated' && ours.body !== node.body ? 'the bodies that were cut off differ' : ''
  }
  if (node.end !== ours.end) return `we take it for ${ours.end}, Node for ${node.end} ${node.errorCode}`
  if (!isDeepStrictEqual(ours.informational.map(comparable), node.informational)) return 'the informational responses differ'
  if (ours.head === null || !isDeepStrictEqual(comparable(ours.head), node.head)) return 'the heads differ'
  if (ours.body !== node.body) return 'the bodies differ'
  if (!isDeepStrictEqual(ours.trailers ?? [], node.trailers)) return 'the trailers differ'
  if (ours.head.keepAlive && !node.keepAlive) return NOT_REUSED
  return ''
}

function comparable ({ statusCode, reason, rawHeaders, httpMinor }: RecordedHead): ReferenceHead {
  return { statusCode, reason, rawHeaders, httpMinor }
}
