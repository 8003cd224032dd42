import type { Explanation } from '../backends/explanation.ts'

/** An explanation as the API shows it. */
export function viewExplanation (explanation: Explanation, strategy: string) {
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

function reasonFor ({ backends, choice, isProbe, isKept }: Explanation, strategy: string): string {
  const candidates = backends.filter(({ isCandidate }) => isCandidate).length
  if (choice === undefined) return 'there is no candidate'
  if (isKept) return 'its cookie keeps it there'
  if (isProbe) return 'its ejection is over, and this request would probe it'
  if (candidates === 1) return 'it is the only candidate'
  const { share, inFlight } = choice
  return `${howItChooses[strategy] ?? `the strategy ${strategy} chooses it`} (share ${share}, ${inFlight} in flight, ${candidates} candidates)`
}

const howItChooses: Readonly<Record<string, string>> = {
  'round-robin': 'it is its turn',
  'least-connections': 'it has the fewest requests in flight for its share',
  'power-of-two-choices': 'one of those that could be: the less busy of two that were drawn',
  random: 'one of those that could be: drawn by share',
  'consistent-hash': 'it has the highest score for this key',
  'least-latency': 'one of those that could be: the faster of two that were drawn'
}
