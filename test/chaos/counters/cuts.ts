import type { Call } from '../clients/call.ts'
import type { WebSocketRecord } from '../clients/web-socket.ts'

/** A worker that was killed. Times are monotonic, in ms. */
export interface WorkerKill {
  readonly at: number
  /** When the system had done with it. */
  readonly goneAt: number
}

/** What has begun so long after a process was gone may have been sent before the client's own process has learnt of it. */
const graceMs = 100

/** A client whose connection was to a worker that was killed hears of it within this time. */
const cutMs = 1000

/** How a connection ends whose process was killed: by a reset or an early end. Streams of HTTP/2 are cancelled by the client's own end. */
const cutKinds = new Set(['ECONNRESET', 'EPIPE', 'reset 8', 'ERR_HTTP2_STREAM_CANCEL', 'ERR_STREAM_PREMATURE_CLOSE'])

function isOf ({ at, goneAt }: WorkerKill, startedAt: number, endedAt: number): boolean {
  return startedAt <= goneAt + graceMs && endedAt >= at && endedAt <= goneAt + cutMs
}

/**
 * The failed ones that were not in flight in a worker that was killed: there was no kill while they were under way, they had an answer or
 * waited in vain, or the process that had answered by their connection before has answered later requests too.
 */
export function notCutByKills (failed: readonly Call[], calls: readonly Call[], kills: readonly WorkerKill[]): Call[] {
  const lastAnswers = new Map<string, number>()
  for (const { instance, startedAt, status } of calls) {
    if (instance !== undefined && status !== undefined) lastAnswers.set(instance, Math.max(startedAt, lastAnswers.get(instance) ?? 0))
  }
  return failed.filter(({ failure, instance, startedAt, endedAt }) => {
    const wasCut = failure !== undefined && cutKinds.has(failure) && kills.some((kill) => isOf(kill, startedAt, endedAt))
    const livesOn = instance !== undefined && (lastAnswers.get(instance) ?? 0) > endedAt
    return !wasCut || livesOn
  })
}

/** WebSockets that ended though nobody had killed a worker, or that did not send back what they got. */
export function notEndedByKills (webSockets: readonly WebSocketRecord[], kills: readonly WorkerKill[]): WebSocketRecord[] {
  return webSockets.filter(({ why, openedAt, endedAt }) =>
    why !== 'stopped' && (why === 'no echo' || !kills.some((kill) => isOf(kill, openedAt, endedAt))))
}

/** WebSockets that ended sooner than `drainMs` after they were opened or after the last time that old processes were asked to drain. */
export function endedBeforeTheirTime (
  webSockets: readonly WebSocketRecord[], askedAt: readonly number[], drainMs: number
): WebSocketRecord[] {
  return webSockets.filter(({ why, openedAt, endedAt }) =>
    why !== 'stopped' && (why !== 'closed' || endedAt - openedAt < drainMs || !askedAt.some((at) => endedAt - at >= drainMs)))
}
