/** To 0.1 ms: durations in the API and the log need no more. */
export function rounded (ms: number): number {
  return Math.round(ms * 10) / 10
}
