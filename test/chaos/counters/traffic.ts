import type { Call } from '../clients/call.ts'
import { durationOf, isGood } from './counts.ts'

/** Calls that began in [from, to). */
export function begunIn (calls: readonly Call[], from: number, to = Infinity): Call[] {
  return calls.filter(({ startedAt }) => startedAt >= from && startedAt < to)
}

/** Calls that ended in [from, to). */
export function endedIn (calls: readonly Call[], from: number, to = Infinity): Call[] {
  return calls.filter(({ endedAt }) => endedAt >= from && endedAt < to)
}

/** The share of the answers that came from `backend`, 0 to 1. */
export function shareOf (calls: readonly Call[], backend: string): number {
  const answered = calls.filter((call) => call.backend !== undefined)
  return answered.filter((call) => call.backend === backend).length / Math.max(1, answered.length)
}

const slowMs = 500

/** Failed ones too: what is no good answer soon is not what traffic normally gets. */
export function isSlow (call: Call): boolean {
  return durationOf(call) > slowMs || !isGood(call)
}

/** From `since` on, how long until the last call began that was slow or failed, in ms. */
export function normalAfterMs (calls: readonly Call[], since: number): number {
  const slow = begunIn(calls, since).filter(isSlow)
  return slow.reduce((latest, { startedAt }) => Math.max(latest, startedAt - since), 0)
}

const windowMs = 500

/** From `since` on, how long until `backend` has half of its fair share of the good answers of half a second, in ms. */
export function backAfterMs (calls: readonly Call[], backend: string, since: number, backends: number): number {
  const end = calls.at(-1)?.endedAt ?? since
  for (let from = since; from + windowMs <= end; from += windowMs / 5) {
    const inWindow = endedIn(calls, from, from + windowMs).filter(isGood)
    if (shareOf(inWindow, backend) >= 1 / backends / 2) return from - since
  }
  return Infinity
}

/** From `since` on, how long until the first good answer, in ms. */
export function firstGoodAfterMs (calls: readonly Call[], since: number): number {
  const good = endedIn(calls, since).filter(isGood)
  return good.reduce((first, { endedAt }) => Math.min(first, endedAt - since), Infinity)
}
