/**
 * Gives a phase, from 0 up to 1, to each that has none yet: it comes between those of its neighbours in the list, which
 * is taken for a circle, and several in a row are spread evenly over the gap. Where none has a phase, all are spread over
 * the whole circle, from a random place on.
 */
export function fillPhases (known: readonly (number | undefined)[], random: () => number): number[] {
  const count = known.length
  const start = known.findIndex((phase) => phase !== undefined)
  if (start === -1) {
    const first = Math.floor(random() * count)
    return known.map((_, i) => (i - first + count) % count / count)
  }
  const phases = [...known] as number[]
  let before = start
  for (let step = 1; step <= count; step++) {
    const i = start + step
    if (known[i % count] === undefined) continue
    fillGap(phases, before, i)
    before = i
  }
  return phases
}

/** Fills the places between `before` and `after`, which count on beyond the end of the list. */
function fillGap (phases: number[], before: number, after: number): void {
  const count = phases.length
  const from = phases[before % count] as number
  const isWholeCircle = after - before === count
  const width = isWholeCircle ? 1 : onCircle(phases[after % count] as number - from)
  for (let i = before + 1; i < after; i++) phases[i % count] = onCircle(from + width * (i - before) / (after - before))
}

function onCircle (phase: number): number {
  return phase - Math.floor(phase)
}
