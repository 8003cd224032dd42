/**
 * Deals `limit`, a number of requests, to workers by their demands: how many requests each has in flight or waiting.
 *
 * The sum of the quotas is `limit`, unless more workers than that have a demand: each of them gets 1, which makes the sum their number.
 * Demands are met as max-min fairness has it: who wants less than an equal share gets what it wants, the others share the rest equally.
 * What nobody wants is shared equally too, so that each has room for the requests to come. A worker without a demand gets at least 1,
 * so that its first request need not ask, if `limit` is at least the number of workers; else 0, if those with a demand leave none.
 *
 * `before` is what was dealt before: it is returned as it is while each worker has what it wants, or, where they want more than
 * `limit`, while each is within 1 of its fair quota. So a demand that goes to and fro by one request moves nothing.
 *
 * A quota that falls holds for new requests only. A backend never has more than `limit` requests only if the quotas that fall are
 * handed out first, and those that rise when the requests above them have ended.
 */
export function deal (limit: number, demands: readonly number[], before?: readonly number[]): readonly number[] {
  const fair = dealFairly(limit, demands)
  return before !== undefined && isStillGood(before, fair, demands) ? before : fair
}

/** The part of a minimum that each worker has: at least 1, so that a minimum of the gateway never comes to none in a worker. */
export function floorOf (minimum: number, workers: number): number {
  return Math.max(1, Math.ceil(minimum / workers))
}

function dealFairly (limit: number, demands: readonly number[]): number[] {
  const quotas = demands.map(() => 0)
  // By demand: each takes its share of what is left, so that those after it share what it does not want, and the rest of a division.
  const order = [...demands.keys()].sort((a, b) => demands[a]! - demands[b]!)
  const inUse = order.filter((worker) => demands[worker]! > 0)
  const idle = order.filter((worker) => demands[worker]! <= 0)
  let left = Math.max(limit, inUse.length)
  function share (workers: readonly number[], wanted: (worker: number) => number): void {
    for (const [i, worker] of workers.entries()) {
      const quota = Math.min(wanted(worker), Math.floor(left / (workers.length - i)))
      quotas[worker]! += quota
      left -= quota
    }
  }
  if (limit >= demands.length) share(order, (worker) => Math.max(1, demands[worker]!))
  else {
    share(inUse, (worker) => demands[worker]!)
    share(idle, () => 1)
  }
  share(order, () => Infinity)
  return quotas
}

function isStillGood (before: readonly number[], fair: readonly number[], demands: readonly number[]): boolean {
  if (before.length !== fair.length || sum(before) !== sum(fair)) return false
  if (before.some((quota, worker) => quota === 0 && fair[worker] !== 0)) return false
  if (before.every((quota, worker) => quota >= demands[worker]!)) return true
  return sum(demands) > sum(fair) && before.every((quota, worker) => Math.abs(quota - fair[worker]!) <= 1)
}

function sum (numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
