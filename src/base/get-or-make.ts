/** Something to remember by keys: a map of any kind. */
export interface Memory<K, V> {
  get (key: K): V | undefined
  set (key: K, value: V): unknown
}

/** What is remembered by this key; made and remembered now where there is nothing. */
export function getOrMake<K, V extends object> (memory: Memory<K, V>, key: K, make: () => V): V {
  let value = memory.get(key)
  if (value === undefined) memory.set(key, value = make())
  return value
}
