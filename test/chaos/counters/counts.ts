import type { Call } from '../clients/call.ts'
import { protocols } from '../clients/protocols.ts'

export function isGood ({ status, isMixed }: Call): boolean {
  return status === 200 && !isMixed
}

/** Those with no answer, and those with an answer that tells of a failure. */
export function failedOf (calls: readonly Call[], method: Call['method']): Call[] {
  return calls.filter((call) => call.method === method && !isGood(call))
}

export function mixedOf (calls: readonly Call[]): Call[] {
  return calls.filter(({ isMixed }) => isMixed)
}

export function durationOf ({ startedAt, endedAt }: Call): number {
  return endedAt - startedAt
}

/** In ms; NaN for none. The nearest-rank method. */
export function percentileMs (calls: readonly Call[], percent: number): number {
  const sorted = calls.map(durationOf).sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * percent / 100) - 1)] ?? NaN
}

/** The kinds of failures and how often each, for the progress. */
export function kindsOf (calls: readonly Call[]): string {
  const kinds = new Map<string, number>()
  for (const { method, protocol, status, failure, isMixed } of calls) {
    const kind = `${method} by ${protocol} ${isMixed ? 'mixed' : (failure ?? status)}`
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  return [...kinds].map(([kind, count]) => `${count} × ${kind}`).join(', ')
}

/** How many came by each protocol, where any did: "h1 12, h2-tls 3". */
export function partsOf (calls: readonly Call[]): string {
  return protocols
    .map((protocol) => ({ protocol, count: calls.filter((call) => call.protocol === protocol).length }))
    .filter(({ count }) => count > 0)
    .map(({ protocol, count }) => `${protocol} ${count}`)
    .join(', ')
}
