import type { Clock } from '../base/clock.ts'
import type { Fields } from '../http/fields.ts'
import type { RequestHead } from '../http/heads.ts'
import { DEADLINE_EXCEEDED, statusIn } from './status.ts'
import { readTimeout, timeoutOf } from './timeout.ts'

/** `application/grpc` and what it may be followed by, but not gRPC-Web, which has no trailers of HTTP. */
const contentType = /^application\/grpc(?:$|[+; ])/i

/** The longest that a timer of Node's can wait. */
const maxTimerMs = 0x7fff_ffff

/** The call that this request is; undefined for one that is none. gRPC needs HTTP/2: by HTTP/1.1 nothing is looked at. */
export function callOf ({ version, method, fields }: RequestHead): GrpcCall | undefined {
  if (version !== '2' || method !== 'POST' || !contentType.test(fields.get('content-type') ?? '')) return undefined
  return new GrpcCall(readTimeout(fields.get('grpc-timeout')))
}

/** A call of gRPC: the time that its client gives it, and the status that it has ended with. */
export class GrpcCall {
  /** As in `grpc-status`, the backend's or the gateway's own; undefined until there is one. */
  status: number | undefined
  readonly #timeoutMs: number | undefined
  #cancel: (() => void) | undefined

  constructor (timeoutMs: number | undefined) {
    this.#timeoutMs = timeoutMs
  }

  /** Calls `onPassed` when its time has passed since `startedAt`, unless `end` is called before. */
  start (clock: Clock, startedAt: number, onPassed: () => void): void {
    if (this.#timeoutMs === undefined) return
    const leftMs = Math.max(0, startedAt + this.#timeoutMs - clock.now())
    this.#cancel = clock.after(Math.min(leftMs, maxTimerMs), () => {
      if (leftMs > maxTimerMs) return this.start(clock, startedAt, onPassed)
      this.status = DEADLINE_EXCEEDED
      onPassed()
    })
  }

  /** What is left of its time after `elapsedMs`, as `grpc-timeout` says it; undefined where what the client has said still holds. */
  timeoutAfter (elapsedMs: number): string | undefined {
    return this.#timeoutMs === undefined || elapsedMs < 1 ? undefined : timeoutOf(this.#timeoutMs - elapsedMs)
  }

  /** Takes the status from headers or trailers, where they have one. Returns the status. */
  read (fields: Fields): number | undefined {
    return (this.status = statusIn(fields) ?? this.status)
  }

  end (): void {
    this.#cancel?.()
  }
}
