/** Adds one to the count of `key`. */
export function increment<T> (counts: Map<T, number>, key: T): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
