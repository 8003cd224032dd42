import type { ExchangeRecord } from '../forwarding/exchange-record.ts'

const classes = ['1xx', '2xx', '3xx', '4xx', '5xx']

/** All that `resultOf` can say. */
export const results: readonly string[] = [...classes, 'client-abort', 'other']

/** The class of the response of a request (`2xx`), or `client-abort` without one. */
export function resultOf ({ statusCode, outcome }: Pick<ExchangeRecord, 'statusCode' | 'outcome'>): string {
  if (outcome === 'client-abort' || statusCode === undefined) return 'client-abort'
  return classes[Math.floor(statusCode / 100) - 1] ?? 'other'
}
