import type { FastifyInstance } from 'fastify'

/** What a gateway holds for its clients now. */
export interface Counts {
  /** Of clients. */
  readonly connections: number
  /** Those of them with a request in flight, or that have left HTTP. */
  readonly busy: number
  readonly tunnels: number
  /** Requests that are not over. */
  readonly exchanges: number
  /** At all backends. */
  readonly inFlight: number
  readonly queued: number
  /** Connections that were refused for a flood, since the start. */
  readonly floods: number
}

/** What a worker tells. */
export interface WorkerState {
  /** The hosts of its backends whose first check is over. */
  readonly checked: string[]
  readonly counts: Counts
}

export function countsOf ({ listener, forwarder, services, refusals }: FastifyInstance): Counts {
  const { busy, idle, tunnels } = listener
  return {
    connections: busy + idle,
    busy,
    tunnels,
    exchanges: forwarder.openExchanges,
    inFlight: services.backends().reduce((sum, backend) => sum + backend.inFlight, 0),
    queued: services.queued,
    floods: refusals.counts.get('flood') ?? 0
  }
}

export function sumOf (all: readonly Counts[]): Counts {
  const sum = (key: keyof Counts): number => all.reduce((sum, counts) => sum + counts[key], 0)
  return {
    connections: sum('connections'),
    busy: sum('busy'),
    tunnels: sum('tunnels'),
    exchanges: sum('exchanges'),
    inFlight: sum('inFlight'),
    queued: sum('queued'),
    floods: sum('floods')
  }
}
