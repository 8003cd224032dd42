import type { Backend } from '../admin/wire.ts'

/** In the order in which the services come first. */
export function byService<Item> (items: readonly Item[], backendOf: (item: Item) => Backend): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const { service } = backendOf(item)
    const group = groups.get(service) ?? []
    group.push(item)
    groups.set(service, group)
  }
  return groups
}
