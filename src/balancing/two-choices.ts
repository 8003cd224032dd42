import type { Balancer, Candidate } from './balancer.ts'
import { rememberLast } from './remember-last.ts'
import { WeightedDraw } from './weighted-draw.ts'

/**
 * Draws two different backends by effective weight and takes the better one: nearly as good as looking at all of them, and without
 * the herd that runs to the one that looks best, even where several gateways choose without knowing of each other.
 * M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE TPDS 12(10), 2001. A pick costs O(log n).
 */
export function twoChoices (random: () => number, better: (a: Candidate, b: Candidate) => Candidate): Balancer {
  const drawFor = rememberLast((rotation) => new WeightedDraw(rotation))

  function choose (draw: WeightedDraw): Candidate {
    const [a, b] = draw.two(random)
    return better(a, b)
  }

  return {
    pick: (rotation) => choose(drawFor(rotation)),
    pickAmong: (candidates) => choose(new WeightedDraw(candidates))
  }
}
