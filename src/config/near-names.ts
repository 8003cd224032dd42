/** Shorter names are too close to ordinary ones: HOME is two edits away from HOST. */
const minLength = 6

const maxEdits = 2

/** The name that `text` most likely means: within two edits, or equal except for underscores. */
export function nearestName (text: string, names: readonly string[]): string | undefined {
  if (text.length < minLength) return undefined
  let nearest: string | undefined
  let least = maxEdits + 1
  for (const name of names) {
    if (name.length < minLength) continue
    const edits = withoutUnderscores(text) === withoutUnderscores(name) ? 1 : editsBetween(text.toUpperCase(), name)
    if (edits < least) [nearest, least] = [name, edits]
  }
  return nearest
}

function withoutUnderscores (text: string): string {
  return text.toUpperCase().replaceAll('_', '')
}

/** Characters to insert, delete or replace: the Levenshtein distance (Wagner and Fischer, 1974). */
function editsBetween (a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_none, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, (previous[j] as number) + 1, (row[j - 1] as number) + 1))
    }
    previous = row
  }
  return previous[b.length] as number
}
