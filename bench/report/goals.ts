import type { PeerName } from '../peers/peers.ts'
import { notQuiet, type Metric, type Sample } from '../run/sample.ts'
import type { ScenarioName } from '../run/scenarios.ts'
import { problemsOf, ratioOf, samplesOf, type Ratio, type Subject } from './figures.ts'

/** Something to reach: our figure over another one, in the same round. */
export interface Goal {
  readonly text: string
  readonly subject: Subject
  readonly base: Subject
  readonly metric: Metric
  readonly atMost: number
}

export interface Verdict {
  readonly goal: Goal
  readonly ratio: Ratio
  readonly state: 'met' | 'missed' | 'not measured'
}

const nodePeers: readonly PeerName[] = ['fast-proxy', 'http-proxy', 'httpxy', 'fastify-http-proxy']

function cpuGoal (scenario: ScenarioName, base: PeerName, atMost: number, text: string): Goal {
  return { text, subject: { scenario, peer: 'evenkeel' }, base: { scenario, peer: base }, metric: 'cpuMicros', atMost }
}

function latencyGoal (metric: Metric, text: string): Goal {
  return { text, subject: { scenario: 'half', peer: 'evenkeel' }, base: { scenario: 'half', peer: 'nginx' }, metric, atMost: 3 }
}

export const goals: readonly Goal[] = [
  cpuGoal('small', 'nginx', 2.0, 'small responses, against nginx'),
  cpuGoal('small', 'caddy', 0.55, 'small responses, against Caddy'),
  cpuGoal('small', 'fastify-http-proxy', 0.4, 'small responses, against stock @fastify/http-proxy'),
  ...nodePeers.map((peer) => cpuGoal('small', peer, 1, `small responses, ahead of ${peer}`)),
  cpuGoal('64k', 'nginx', 1.3, '64 KiB responses, against nginx'),
  cpuGoal('1m', 'nginx', 1.3, '1 MiB responses, against nginx'),
  {
    text: '1000 backends, against our own cost with three',
    subject: { scenario: '1000-backends', peer: 'evenkeel' },
    base: { scenario: 'small', peer: 'evenkeel' },
    metric: 'cpuMicros',
    atMost: 1.1
  },
  {
    text: 'the access log, against our own cost without',
    subject: { scenario: 'small', peer: 'evenkeel-access-log' },
    base: { scenario: 'small', peer: 'evenkeel' },
    metric: 'cpuMicros',
    atMost: 1.2
  },
  latencyGoal('ownP99Ms', 'p99 at half of the own saturation load, against nginx at half of its own'),
  latencyGoal('sameP99Ms', 'p99 at half of our saturation load, against nginx at the same rate')
]

/** A wrong answer in any round is a miss, however good the others are. */
export function judge (samples: readonly Sample[]): Verdict[] {
  return goals.map((goal) => {
    const ratio = ratioOf(samples, goal.subject, goal.base, goal.metric)
    if (samplesOf(samples, goal.subject).length === 0) return { goal, ratio, state: 'not measured' }
    if (problemsOf(samples, goal.subject).some((problem) => !problem.endsWith(notQuiet))) return { goal, ratio, state: 'missed' }
    if (Number.isNaN(ratio.median)) return { goal, ratio, state: 'not measured' }
    return { goal, ratio, state: ratio.median <= goal.atMost ? 'met' : 'missed' }
  })
}
