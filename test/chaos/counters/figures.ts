import type { Fleet } from '../backend/fleet.ts'
import type { Call } from '../clients/call.ts'
import type { Figure } from '../scenarios/scenario.ts'
import { failedOf, kindsOf, mixedOf, partsOf, percentileMs } from './counts.ts'
import { executedTwice, failedUnsent } from './posts.ts'

export function failedGets (calls: readonly Call[]): Figure {
  const failed = failedOf(calls, 'GET')
  return { what: 'failed GETs', value: failed.length, atMost: 0, parts: partsOf(failed), detail: kindsOf(failed) }
}

/** What every scenario counts. */
export function commonFigures (calls: readonly Call[]): Figure[] {
  return [
    { what: 'requests', value: calls.length, parts: partsOf(calls) },
    { what: 'responses that belong to another request', value: mixedOf(calls).length, atMost: 0, parts: partsOf(mixedOf(calls)) },
    { what: 'p99', value: percentileMs(calls, 99), unit: 'ms' }
  ]
}

export function postFigures (calls: readonly Call[], fleet: Fleet): Figure[] {
  const records = fleet.posts()
  const failed = failedOf(calls, 'POST')
  const unsent = failedUnsent(calls, records, fleet.cuts)
  return [
    { what: 'POSTs executed twice', value: executedTwice(records).length, atMost: 0 },
    { what: 'failed POSTs', value: failed.length, parts: partsOf(failed), detail: kindsOf(failed) },
    {
      what: 'failed POSTs that had not been sent',
      value: unsent.length,
      atMost: 0,
      parts: partsOf(unsent),
      detail: sinceTheCut(unsent, fleet.cuts)
    }
  ]
}

/** What became of each, and how long after a backend was cut off it began. */
function sinceTheCut (calls: readonly Call[], cuts: readonly number[]): string {
  return calls.map((call) => {
    const cut = cuts.findLast((at) => at <= call.startedAt) ?? NaN
    return `${kindsOf([call])} begun ${Math.round(call.startedAt - cut)} ms after a cut`
  }).join(', ')
}
