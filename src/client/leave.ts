import type { Clock } from '../clock.ts'
import { isBackend, reasonOf, type GatewayApi, type Reply } from './gateway-api.ts'
import type { Line, Place } from './standing.ts'
import { pause } from './surroundings.ts'

/** Who leaves: the place, or the url where it is not known whether there is one. */
export interface Leaver {
  readonly place: Place | undefined
  readonly url: string | undefined
}

export interface LeaveOptions {
  readonly clock: Clock
  /** When the wait for requests in flight is over, on `clock`. */
  readonly endsAt: number
  readonly timeoutMs: number
}

const pollMs = 50
const maxCallMs = 2000
/** How long a gateway that does not answer at all is tried; it sends no requests either, or is about to notice. */
const patienceMs = 1000
/** The gateway's own limit comes after this one, so that it is told here when requests were cut. */
const marginMs = 1000

/**
 * Tells the gateway to send nothing more here, and waits until nothing that it sent is in flight. Returns what is to be
 * logged. Never rejects.
 */
export async function leave (api: GatewayApi, leaver: Leaver, { clock, endsAt, timeoutMs }: LeaveOptions): Promise<Line> {
  let { place } = leaver
  let isTold = false
  let inFlight: number | undefined
  let silentSince: number | undefined
  let reason: string | undefined
  for (;;) {
    const askedAt = clock.now()
    try {
      place ??= await placeOf(leaver.url, api)
      if (place === undefined) return left
      const reply = await tellOrAsk(api, place, isTold, timeoutMs + marginMs)
      silentSince = undefined
      if (isGone(reply)) return left
      if (reply.status === 409) place = { ...place, isConfigured: true }
      else if (reply.status < 300 && reply.backend !== undefined) {
        isTold = true
        inFlight = reply.backend.inFlight
        if (inFlight === 0) return left
      } else {
        reason = reply.reason
        if (reply.status < 500 && reply.status !== 429) return notTold(reason)
      }
    } catch (error) {
      reason = reasonOf(error)
      silentSince ??= askedAt
      if (clock.now() - silentSince >= patienceMs) return notTold(reason)
    }
    if (clock.now() >= endsAt) return isTold ? { level: 'warn', msg: 'requests are still in flight at the end of the drain', fields: { inFlight } } : notTold(reason)
    await pause(clock, pollMs)
  }
}

const left: Line = { level: 'info', msg: 'left the gateway', fields: {} }

function notTold (reason = 'no answer'): Line {
  return { level: 'warn', msg: 'the gateway cannot be told that this backend leaves', fields: { reason } }
}

function isGone ({ status }: Reply): boolean {
  return status === 204 || status === 404 || status === 410
}

function tellOrAsk (api: GatewayApi, { id, isConfigured }: Place, isTold: boolean, drainMs: number): Promise<Reply> {
  const path = `/api/backends/${id}`
  if (isTold) return api.call('GET', path, { timeoutMs: maxCallMs })
  if (isConfigured) return api.call('PATCH', path, { timeoutMs: maxCallMs, body: { state: 'draining' } })
  return api.call('DELETE', `${path}?drainMs=${drainMs}`, { timeoutMs: maxCallMs })
}

/** Undefined: the gateway does not know this url. */
async function placeOf (url: string | undefined, api: GatewayApi): Promise<Place | undefined> {
  if (url === undefined) return undefined
  const { status, json, reason } = await api.call('GET', '/api/backends', { timeoutMs: maxCallMs })
  if (status !== 200 || !Array.isArray(json)) throw new Error(reason)
  const known = json.filter(isBackend).find((backend) => new URL(backend.url).origin === new URL(url).origin)
  return known && { id: known.id, isConfigured: known.source === 'configured' }
}
