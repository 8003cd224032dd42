import type { Explanation } from '../services/explanation.ts'
import type { Explanation as ExplanationView } from './wire.ts'

/** An explanation as the API shows it. */
export function viewExplanation (explanation: Explanation, strategy: string): ExplanationView {
  const { backends, choice, isFailingOpen, spillRatio } = explanation
  return {
    backends: backends.map(({ backend: { id, name }, isCandidate, reason }) => ({ id, name, isCandidate, reason })),
    strategy,
    choice: choice === undefined ? null : { id: choice.id, name: choice.name },
    reason: reasonFor(explanation, strategy),
    isFailingOpen,
    spillRatio
  }
}

function reasonFor ({ backends, choice, isProbe, isSticky }: Explanation, strategy: string): string {
  const candidates = backends.filter(({ isCandidate }) => isCandidate).length
  if (choice === undefined) return 'no backend can take it'
  if (isSticky) return 'its cookie names this backend'
  if (isProbe) return 'its ejection is over, and this request would be its probe'
  if (candidates === 1) return 'it is the only candidate'
  const { effectiveWeight, inFlight } = choice
  return `${howItChooses[strategy] ?? `the strategy ${strategy} chooses it`} (effective weight ${effectiveWeight}, ${inFlight} in ` +
    `flight, ${candidates} candidates)`
}

const howItChooses: Readonly<Record<string, string>> = {
  'round-robin': 'it is next in turn',
  'least-connections': 'it has the fewest requests in flight for its weight',
  'power-of-two-choices': 'one possible draw: the less busy of two backends drawn at random',
  random: 'one possible draw: backends are drawn in proportion to their weight',
  'consistent-hash': 'it has the highest score for this key',
  'least-latency': 'one possible draw: the faster of two backends drawn at random'
}
