/** The units of `grpc-timeout` (grpc/doc/PROTOCOL-HTTP2.md), in ms. */
const unitsMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 }

/** In ms, rounded up. Undefined without a timeout, and for one that is malformed: as by Envoy, it passes and limits nothing here. */
export function readTimeout (value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{1,8}[HMSmun]$/.test(value)) return undefined
  return Math.ceil(Number(value.slice(0, -1)) * unitsMs[value.slice(-1)]!)
}

/** A timeout of this many ms, rounded up, in the smallest unit from ms on that its eight digits can say. */
export function timeoutOf (ms: number): string {
  for (const unit of ['m', 'S', 'M']) {
    const count = Math.ceil(Math.max(1, ms) / unitsMs[unit]!)
    if (count <= 99_999_999) return `${count}${unit}`
  }
  return `${Math.ceil(ms / unitsMs['H']!)}H`
}
