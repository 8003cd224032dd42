import type { ParsedResponse } from '../http1/response-head.ts'

/** How much earlier than the backend announced an idle connection is given up, so that no request meets its end. */
const marginMs = 1000

/** How long a connection may stay idle after this response: at most `keepAliveMs`, and less if the backend announced less. */
export function idleMsAfter ({ keepAliveTimeoutMs }: ParsedResponse, keepAliveMs: number): number {
  return keepAliveTimeoutMs === -1 ? keepAliveMs : Math.min(keepAliveMs, keepAliveTimeoutMs - marginMs)
}
