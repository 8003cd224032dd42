import type { PeerName } from '../peers/peers.ts'
import { notQuiet, type Metric, type Sample } from '../run/sample.ts'
import type { ScenarioName } from '../run/scenarios.ts'
import { problemsOf, rangeOf, ratioOf, samplesOf, type Ratio, type Subject } from './figures.ts'

/** Something to reach: our figure over another one in the same round, or as it is. */
export interface Goal {
  readonly text: string
  readonly subject: Subject
  readonly base?: Subject
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

function latencyGoal (metric: Metric, atMost: number, text: string): Goal {
  return { text, subject: { scenario: 'half', peer: 'evenkeel' }, base: { scenario: 'half', peer: 'nginx' }, metric, atMost }
}

/** Of our own cost in the plain case. */
function ownGoal (subject: Subject, atMost: number, text: string): Goal {
  return { text, subject, base: { scenario: 'small', peer: 'evenkeel' }, metric: 'cpuMicros', atMost }
}

export const goals: readonly Goal[] = [
  cpuGoal('small', 'nginx', 1.5, 'small responses, against nginx'),
  {
    text: 'small responses with one onRequest and one onResponse hook, against nginx',
    subject: { scenario: 'small', peer: 'evenkeel-hooks' },
    base: { scenario: 'small', peer: 'nginx' },
    metric: 'cpuMicros',
    atMost: 1.8
  },
  cpuGoal('fields', 'nginx', 1.7, '12 further fields in the request, against nginx'),
  cpuGoal('post', 'nginx', 1.6, '1 KiB POST, against nginx'),
  cpuGoal('64k', 'nginx', 1, '64 KiB responses, against nginx'),
  cpuGoal('1m', 'nginx', 1, '1 MiB responses, against nginx'),
  cpuGoal('connect', 'nginx', 3, 'a new connection for every request, against nginx'),
  cpuGoal('tls', 'nginx', 1.5, 'TLS, small responses, against nginx'),
  cpuGoal('tls-64k', 'nginx', 0.9, 'TLS, 64 KiB responses, against nginx'),
  cpuGoal('handshakes', 'nginx', 1.5, 'TLS, a full handshake for every request, against nginx'),
  cpuGoal('h2', 'nginx', 2.2, 'HTTP/2 with TLS, small responses, against nginx'),
  cpuGoal('h2-64k', 'nginx', 0.9, 'HTTP/2 with TLS, 64 KiB responses, against nginx'),
  latencyGoal('ownP99Ms', 1, 'p99 at half of the own saturation load, against nginx at half of its own'),
  latencyGoal('sameP99Ms', 3, 'p99 at half of our saturation load, against nginx at the same rate'),
  ...nodePeers.map((peer) => cpuGoal('small', peer, 1, `small responses, ahead of ${peer}`)),
  cpuGoal('small', 'caddy', 0.55, 'small responses, against Caddy'),
  ownGoal({ scenario: 'small', peer: 'evenkeel-routes' }, 1.1, '10 000 routes, against our own cost without'),
  ownGoal({ scenario: 'small', peer: 'evenkeel-access-log' }, 1.2, 'the access log, against our own cost without'),
  ownGoal({ scenario: '1000-backends', peer: 'evenkeel' }, 1.3, '1000 backends, against our own cost with three'),
  { text: 'KiB for an idle connection', subject: { scenario: 'idle', peer: 'evenkeel' }, metric: 'kibPerConnection', atMost: 8 }
]

/** A wrong answer in any round is a miss, however good the others are. */
export function judge (samples: readonly Sample[]): Verdict[] {
  return goals.map((goal) => {
    const ratio = figureFor(samples, goal)
    if (samplesOf(samples, goal.subject).length === 0) return { goal, ratio, state: 'not measured' }
    if (problemsOf(samples, goal.subject).some((problem) => !problem.endsWith(notQuiet))) return { goal, ratio, state: 'missed' }
    if (Number.isNaN(ratio.median)) return { goal, ratio, state: 'not measured' }
    return { goal, ratio, state: ratio.median <= goal.atMost ? 'met' : 'missed' }
  })
}

function figureFor (samples: readonly Sample[], { subject, base, metric }: Goal): Ratio {
  return base === undefined ? rangeOf(samples, subject, metric) : ratioOf(samples, subject, base, metric)
}
