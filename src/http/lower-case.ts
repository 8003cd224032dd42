/** Clients and backends use few names, which are not worth a lower-case copy each time. Those that are made up must not fill the memory. */
const known = new Map<string, string>()
const maxNames = 500
const maxNameLength = 40

/** The name of a field in lower case. */
export function lowerCaseName (name: string): string {
  const lower = known.get(name)
  if (lower !== undefined) return lower
  const made = name.toLowerCase()
  if (known.size < maxNames && name.length <= maxNameLength) known.set(name, made)
  return made
}
