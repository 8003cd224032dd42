/** Shorter names are too close to ordinary ones: HOME is two edits away from HOST. */
const minLength = 6

const maxEdits = 2

/** The name that `text` most likely means: within two edits, or equal except for underscores. */
export function nearestName (text: string, names: readonly string[]): string | undefined {
  if (text.length < minLength) return undefined
  let nearest: string | undefined
  let least = maxEdits + 1
  const bare = withoutUnderscores(text)
  for (const name of names) {
    if (name.length < minLength) continue
    const isNear = Math.abs(text.length - name.length) <= maxEdits
    const edits = bare === withoutUnderscores(name) ? 1 : isNear ? editsBetween(text.toUpperCase(), name) : Infinity
    if (edits < least) [nearest, least] = [name, edits]
  }
  return nearest
}

function withoutUnderscores (text: string): string {
  return text.toUpperCase().replaceAll('_', '')
}

/** The same among short names, which have to be closer: within a third of their length. */
export function nearestKey (text: string, names: readonly string[]): string | undefined {
  const near = names.map((name) => [editsBetween(text.toUpperCase(), name.toUpperCase()), name] as const)
    .filter(([edits, name]) => edits <= Math.max(1, Math.floor(name.length / 3)))
  return near.sort(([a], [b]) => a - b)[0]?.[1]
}

/** Characters to insert, delete, replace or swap with the next one (Damerau and Levenshtein, as optimal string alignment). */
function editsBetween (a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_none, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let least = Math.min(replaced, (previous[j] as number) + 1, (row[j - 1] as number) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (beforePrevious[j - 2] as number) + 1)
      row.push(least)
    }
    beforePrevious = previous
    previous = row
  }
  return previous[b.length] as number
}
