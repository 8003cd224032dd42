import type { Fleet } from '../backend/fleet.ts'
import type { Call } from '../clients/call.ts'
import type { Figure } from '../scenarios/scenario.ts'
import { failedOf, kindsOf, mixedOf, percentileMs } from './counts.ts'
import { executedTwice, failedUnsent } from './posts.ts'

export function failedGets (calls: readonly Call[]): Figure {
  const failed = failedOf(calls, 'GET')
  return { what: 'failed GETs', value: failed.length, atMost: 0, detail: kindsOf(failed) }
}

/** What every scenario counts. */
export function commonFigures (calls: readonly Call[]): Figure[] {
  return [
    { what: 'requests', value: calls.length },
    { what: 'responses that belong to another request', value: mixedOf(calls).length, atMost: 0 },
    { what: 'p99', value: percentileMs(calls, 99), unit: 'ms' }
  ]
}

export function postFigures (calls: readonly Call[], fleet: Fleet): Figure[] {
  const records = fleet.posts()
  const failed = failedOf(calls, 'POST')
  return [
    { what: 'POSTs executed twice', value: executedTwice(records).length, atMost: 0 },
    { what: 'failed POSTs', value: failed.length, detail: kindsOf(failed) },
    { what: 'failed POSTs that had not been sent', value: failedUnsent(calls, records, fleet.cuts).length, atMost: 0 }
  ]
}
