import type { Balancer, Candidate } from '../../src/balancing/balancer.ts'
import type { FakeClock } from '../helpers/clock.ts'
import { changeLoad, type TestBackend } from './pool.ts'

export interface ClosedLoop {
  readonly balancer: Balancer
  readonly clock: FakeClock
  readonly backends: readonly TestBackend[]
  /** How long the backend takes for a request that it gets now. */
  readonly serviceMs: (backend: TestBackend) => number
  readonly clients: number
  readonly durationMs: number
}

/** Clients that each send their next request when the last one was answered; returns how many each backend got. */
export function runClosedLoop ({ balancer, clock, backends, serviceMs, clients, durationMs }: ClosedLoop): number[] {
  const counts = new Map<Candidate, number>(backends.map((backend) => [backend, 0]))
  const end = clock.now() + durationMs

  function send (): void {
    if (clock.now() >= end) return
    const backend = balancer.pick(backends, '') as TestBackend
    counts.set(backend, (counts.get(backend) ?? 0) + 1)
    changeLoad(balancer, backend, 1)
    const tookMs = serviceMs(backend)
    clock.after(tookMs, () => {
      backend.latency.observe(tookMs, clock.now())
      changeLoad(balancer, backend, -1)
      send()
    })
  }

  for (let i = 0; i < clients; i++) send()
  clock.advance(durationMs + 1_000_000)
  return [...counts.values()]
}
