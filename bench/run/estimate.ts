import type { Plan } from './rounds.ts'
import { scenarioNamed, type ScenarioName } from './scenarios.ts'

/** Starting, verifying and stopping a proxy. */
const startSeconds = 1.5
const idleSeconds = 10

export function estimateMinutes (plan: Plan & { readonly seconds: number, readonly warmUpSeconds: number }): number {
  let total = 0
  for (const name of plan.scenarios) {
    const { kind, peers } = scenarioNamed(name)
    const window = plan.warmUpSeconds + plan.seconds + startSeconds
    const each = kind === 'idle' ? idleSeconds : kind === 'half' ? 3.5 * window : window
    total += each * peers.filter((peer) => plan.peers.includes(peer)).length
  }
  return Math.ceil(total * plan.rounds / 60)
}

export function mostBackends (names: readonly ScenarioName[]): number {
  return Math.max(...names.map((name) => scenarioNamed(name).backends))
}
