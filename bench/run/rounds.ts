import type { PeerName } from '../peers/peers.ts'
import type { BenchContext } from './bench-context.ts'
import { half } from './half.ts'
import { idle } from './idle.ts'
import { orFailed, type Measurement, type Sample } from './sample.ts'
import { saturate } from './saturate.ts'
import { scenarioNamed, type Scenario, type ScenarioName } from './scenarios.ts'

export interface Plan {
  readonly rounds: number
  readonly scenarios: readonly ScenarioName[]
  readonly peers: readonly PeerName[]
}

/** All scenarios with all peers, and that again in every round: what is compared was measured within minutes. */
export async function runRounds (context: BenchContext, plan: Plan, onSample: (sample: Sample) => void): Promise<Sample[]> {
  const samples: Sample[] = []
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const name of plan.scenarios) {
      const scenario = scenarioNamed(name)
      const peers = rotate(scenario.peers.filter((peer) => plan.peers.includes(peer)), round)
      for await (const [peer, { metrics, problems }] of measureAll(context, peers, scenario)) {
        const sample: Sample = { round, scenario: name, peer, metrics, problems }
        samples.push(sample)
        onSample(sample)
      }
    }
  }
  return samples
}

async function * measureAll (
  context: BenchContext,
  peers: readonly PeerName[],
  scenario: Scenario
): AsyncGenerator<[PeerName, Measurement]> {
  if (scenario.kind === 'half') {
    yield * await half(context, peers, scenario)
    return
  }
  const measure = scenario.kind === 'idle' ? idle : saturate
  for (const peer of peers) yield [peer, await orFailed(() => measure(context, peer, scenario))]
}

/** Nobody is always first, or always after the same one. */
function rotate<T> (items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}
