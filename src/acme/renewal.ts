import type { AcmeClient } from './acme-client.ts'

/** In ms since the epoch. */
export interface Lifetime {
  readonly validFrom: number
  readonly expiresAt: number
}

/** When the CA wants a certificate renewed (RFC 9773). Times in ms since the epoch. */
export interface RenewalAdvice {
  /** The id of the certificate. */
  readonly id: string
  /** When it is asked again. */
  readonly askAt: number
  readonly start?: number
  readonly end?: number
  /** A time between `start` and `end`, drawn once; undefined: it says nothing. */
  readonly renewAt?: number
}

const minuteMs = 60_000
const dayMs = 86_400_000
const usualAskMs = 6 * 3_600_000

/** When a certificate is to be renewed: as its CA says, otherwise at two thirds of its life, which may be six days or a year. */
export function renewalTime ({ validFrom, expiresAt }: Lifetime, advice: RenewalAdvice | undefined): number {
  const usual = validFrom + (expiresAt - validFrom) * 2 / 3
  // Advice to renew what has expired by then is none.
  return advice?.renewAt !== undefined && advice.renewAt < expiresAt ? advice.renewAt : usual
}

/** Asks the CA of `client` about the certificate with this id; `before` is what it said last of it. Never rejects. */
export async function askForAdvice (
  client: AcmeClient, id: string, before: RenewalAdvice | undefined, random: () => number
): Promise<RenewalAdvice> {
  const now = client.clock.date()
  if (!client.has('renewalInfo')) return { id, askAt: now + dayMs }
  try {
    const { object, retryAfterMs } = await client.get(`${client.urlOf('renewalInfo').replace(/\/$/, '')}/${id}`)
    const askAt = now + (retryAfterMs === 0 ? usualAskMs : Math.min(Math.max(retryAfterMs, minuteMs), dayMs))
    const { start, end } = windowIn(object['suggestedWindow'])
    if (start === undefined || end === undefined || end < start) return { id, askAt }
    const isSame = before?.start === start && before.end === end
    return { id, askAt, start, end, renewAt: isSame && before.renewAt !== undefined ? before.renewAt : start + (end - start) * random() }
  } catch {
    return { ...before, id, askAt: now + usualAskMs }
  }
}

function windowIn (value: unknown): { start?: number, end?: number } {
  const { start, end } = (value ?? {}) as { readonly start?: unknown, readonly end?: unknown }
  const [from, to] = [Date.parse(String(start)), Date.parse(String(end))]
  return Number.isNaN(from) || Number.isNaN(to) ? {} : { start: from, end: to }
}
