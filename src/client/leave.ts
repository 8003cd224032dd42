import type { Clock } from '../base/clock.ts'
import { isBackend, reasonOf, type GatewayApi, type Reply } from './gateway-api.ts'
import type { LogLine, Registration } from './standing.ts'
import { pause } from './surroundings.ts'

/** Who leaves: the registration, or the url where it is not known whether there is one. */
export interface Leaver {
  readonly registration: Registration | undefined
  readonly url: string | undefined
  readonly instance: string
}

export interface Left {
  /** What is to be logged. */
  readonly logLine: LogLine
  /** Where others hold the backend that is left: they get its requests from now on. */
  readonly sharedRegistration?: Registration
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
 * Tells the gateway to send nothing more here, and waits until nothing that it sent is in flight; but where others hold the
 * backend, what is in flight there is not only what is in flight here, and never ends. Never rejects.
 */
export async function leave (api: GatewayApi, leaver: Leaver, options: LeaveOptions): Promise<Left> {
  const { clock, endsAt, timeoutMs } = options
  let { registration } = leaver
  let isTold = false
  let inFlight: number | undefined
  let silentSince: number | undefined
  let reason: string | undefined
  for (;;) {
    const askedAt = clock.now()
    try {
      registration ??= await registrationOf(leaver.url, api)
      if (registration === undefined) return left
      const reply = isTold
        ? await api.call('GET', pathOf(registration), { timeoutMs: maxCallMs })
        : await tell(api, registration, leaver.instance, timeoutMs + marginMs)
      silentSince = undefined
      if (isGone(reply)) return left
      if (reply.status < 300 && reply.backend !== undefined) {
        const { holders = 0 } = reply.backend
        isTold = true
        inFlight = reply.backend.inFlight
        if (holders > 0) return { logLine: { ...left.logLine, fields: { holders } }, sharedRegistration: registration }
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
    if (clock.now() >= endsAt) return isTold ? { logLine: stillInFlight({ inFlight }) } : notTold(reason)
    await pause(clock, pollMs)
  }
}

const left: Left = { logLine: { level: 'info', msg: 'left the gateway', fields: {} } }

export function stillInFlight (fields: object): LogLine {
  return { level: 'warn', msg: 'requests are still in flight at the end of the drain', fields }
}

function notTold (reason = 'no answer'): Left {
  return { logLine: { level: 'warn', msg: 'the gateway cannot be told that this backend leaves', fields: { reason } } }
}

function isGone ({ status }: Reply): boolean {
  return status === 204 || status === 404 || status === 410
}

/** Ends what this instance holds. Told again, the gateway makes its connections to a shared backend anew. */
export function tell (api: GatewayApi, registration: Registration, instance: string, drainMs: number): Promise<Reply> {
  return api.call('DELETE', `${pathOf(registration)}?instance=${instance}&drainMs=${drainMs}`, { timeoutMs: maxCallMs })
}

function pathOf ({ id }: Registration): string {
  return `/api/backends/${id}`
}

/** Undefined: the gateway does not know this url. */
async function registrationOf (url: string | undefined, api: GatewayApi): Promise<Registration | undefined> {
  if (url === undefined) return undefined
  const { status, json, reason } = await api.call('GET', '/api/backends', { timeoutMs: maxCallMs })
  if (status !== 200 || !Array.isArray(json)) throw new Error(reason)
  const known = json.filter(isBackend).find((backend) => new URL(backend.url).origin === new URL(url).origin)
  return known && { id: known.id }
}
