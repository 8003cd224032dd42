import type { Clock } from '../base/clock.ts'
import { isBackend, reasonOf, type GatewayApi, type Reply } from './gateway-api.ts'
import type { LogLine, Registration } from './standing.ts'
import { pause } from './surroundings.ts'

/** Identifies what leaves: the registration, or the url if it is not known whether there is one. */
export interface Leaver {
  readonly registration: Registration | undefined
  readonly url: string | undefined
  readonly service: string | undefined
  readonly instance: string
}

export interface Left {
  /** What to log. */
  readonly logLine: LogLine
  /** Set if other processes hold the backend too: they get its requests from now on. */
  readonly sharedRegistration?: Registration
}

export interface LeaveOptions {
  readonly clock: Clock
  /** When to stop waiting for requests in flight, on `clock`. */
  readonly endsAt: number
  readonly timeoutMs: number
}

const pollMs = 50
const maxCallMs = 2000
/** How long to keep trying a gateway that does not respond at all; it sends no requests either, or is about to notice. */
const patienceMs = 1000
/** The gateway's time limit is this much longer, so that cut requests are reported here. */
const marginMs = 1000

/**
 * Tells the gateway to send no more requests, and waits until none is in flight. It does not wait if other processes hold the
 * backend too, because then the requests in flight include theirs. Never rejects.
 */
export async function leave (api: GatewayApi, leaver: Leaver, options: LeaveOptions): Promise<Left> {
  const { clock, endsAt, timeoutMs } = options
  let { registration } = leaver
  let isTold = false
  let inFlight: number | undefined
  let unansweredSince: number | undefined
  let reason: string | undefined
  for (;;) {
    const askedAt = clock.now()
    try {
      registration ??= await registrationOf(leaver, api)
      if (registration === undefined) return left
      const reply = isTold
        ? await api.call('GET', pathOf(registration), { timeoutMs: maxCallMs })
        : await tell(api, registration, leaver.instance, timeoutMs + marginMs)
      unansweredSince = undefined
      if (isGone(reply)) return left
      if (reply.status < 300 && reply.backend !== undefined) {
        const { holders = 0 } = reply.backend
        isTold = true
        inFlight = reply.backend.inFlight
        if (holders > 0) return { logLine: { ...left.logLine, fields: { holders } }, sharedRegistration: registration }
        if (inFlight === 0) return left
      } else {
        reason = reply.reason
        if (reply.status < 500 && reply.status !== 429) return failedToLeave(reason)
      }
    } catch (error) {
      reason = reasonOf(error)
      unansweredSince ??= askedAt
      if (clock.now() - unansweredSince >= patienceMs) return failedToLeave(reason)
    }
    if (clock.now() >= endsAt) return isTold ? { logLine: stillInFlight({ inFlight }) } : failedToLeave(reason)
    await pause(clock, pollMs)
  }
}

const left: Left = { logLine: { level: 'info', msg: 'left the gateway', fields: {} } }

export function stillInFlight (fields: object): LogLine {
  return { level: 'warn', msg: 'drain timed out with requests in flight', fields }
}

function failedToLeave (reason = 'no response'): Left {
  return { logLine: { level: 'warn', msg: 'could not tell the gateway that this backend is leaving', fields: { reason } } }
}

function isGone ({ status }: Reply): boolean {
  return status === 204 || status === 404 || status === 410
}

/** Ends what this instance holds. When told again, the gateway reopens its connections to a shared backend. */
export function tell (api: GatewayApi, registration: Registration, instance: string, drainMs: number): Promise<Reply> {
  return api.call('DELETE', `${pathOf(registration)}?instance=${instance}&drainMs=${drainMs}`, { timeoutMs: maxCallMs })
}

function pathOf ({ id }: Registration): string {
  return `/api/backends/${id}`
}

/** `URL` gives schemes that it does not know no origin. */
function originOf (url: string): string {
  return url.startsWith('h2c:') ? `h2c ${new URL(url.replace('h2c:', 'http:')).host}` : new URL(url).origin
}

/** Undefined if the gateway does not know this url in this service. */
async function registrationOf ({ url, service = 'default' }: Leaver, api: GatewayApi): Promise<Registration | undefined> {
  if (url === undefined) return undefined
  const { status, json, reason } = await api.call('GET', '/api/backends', { timeoutMs: maxCallMs })
  if (status !== 200 || !Array.isArray(json)) throw new Error(reason)
  const known = json.filter(isBackend).find((backend) => {
    return (backend.service ?? 'default') === service && originOf(backend.url) === originOf(url)
  })
  return known && { id: known.id }
}
