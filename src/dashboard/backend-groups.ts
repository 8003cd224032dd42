// The table of several services: a heading for each, and its rows below. Pure.
import type { Service } from '../admin/wire.ts'
import type { RowModel } from './backend-rows.ts'
import { byService } from './by-service.ts'

export interface Group {
  readonly service: string
  /** All its backends, and those in rotation. */
  readonly backends: number
  readonly inRotation: number
  /** In words, how its backends are found out, and what is wrong with that; empty where they are not. */
  readonly discovery: string
  readonly tone: 'good' | 'warning' | 'bad'
  readonly isOpen: boolean
}

export type Line =
  | { readonly kind: 'group', readonly group: Group }
  | { readonly kind: 'row', readonly row: RowModel }

/** Services that are shown: `default` is always there, and means nothing beside others while it has no backend. */
export function shownServices (services: readonly Service[]): readonly Service[] {
  const used = services.filter(({ source, backends }) => source !== 'implicit' || backends > 0)
  return used.length === 0 ? services : used
}

/** The rows, below headings where there are several services. `isOpen`: what the reader has chosen of a service. */
export function linesOf (
  rows: readonly RowModel[], services: readonly Service[], isOpen: ReadonlyMap<string, boolean>, isFiltered: boolean
): Line[] {
  const shown = shownServices(services)
  if (shown.length < 2) return rows.map((row) => ({ kind: 'row', row }))
  const grouped = byService(rows, ({ backend }) => backend)
  return shown
    .filter(({ name }) => !isFiltered || grouped.has(name))
    .map((service) => ({ service, tone: toneOf(service, grouped.get(service.name) ?? []) }))
    .sort((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone) || a.service.name.localeCompare(b.service.name))
    .flatMap(({ service, tone }): Line[] => {
      const { name, backends, inRotation, discovery } = service
      const open = isFiltered || (isOpen.get(name) ?? tone !== 'good')
      const how = discovery === null ? '' : `${discovery.by}${discovery.problem === null ? '' : `: ${discovery.problem}`}`
      const group = { service: name, backends, inRotation, discovery: how, tone, isOpen: open }
      const own = open ? grouped.get(name) ?? [] : []
      return [{ kind: 'group', group }, ...own.map((row) => ({ kind: 'row', row }) as const)]
    })
}

const order: ReadonlyArray<Group['tone']> = ['bad', 'warning', 'good']

function toneOf ({ inRotation, discovery }: Service, rows: readonly RowModel[]): Group['tone'] {
  if (inRotation === 0) return 'bad'
  const isWell = rows.every(({ backend: { state } }) => state === 'healthy') && (discovery?.problem ?? null) === null
  return isWell ? 'good' : 'warning'
}
