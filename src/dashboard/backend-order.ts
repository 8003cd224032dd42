// Filters and sorts the table. Pure.
import type { Backend, BackendState } from '../admin/wire.ts'
import type { RowModel } from './backend-rows.ts'
import { wordsOfState } from './words.ts'

interface Column {
  /** In the sort menu of the narrow layout, which has no headings: what comes first. */
  readonly label: string
  /** Whether the column is sorted in descending order when it is first chosen. */
  readonly isDescending: boolean
  /** Undefined if there is nothing to compare: such rows come last in either direction. */
  valueOf (row: RowModel): number | string | undefined
}

/** The sortable columns, in the order of index.html. */
export const columns = {
  name: { label: 'Name', isDescending: false, valueOf: ({ backend }) => backend.name },
  state: { label: 'Not healthy first', isDescending: false, valueOf: ({ backend }) => urgencyOf(backend.state) },
  share: { label: 'Largest share', isDescending: true, valueOf: ({ served, intended }) => served ?? intended },
  requests: { label: 'Most requests', isDescending: true, valueOf: ({ requests }) => requests.at(-1) ?? 0 },
  inFlight: { label: 'Most in flight', isDescending: true, valueOf: ({ backend }) => backend.inFlight },
  latency: { label: 'Slowest', isDescending: true, valueOf: ({ latency }) => latency.p99Ms ?? undefined },
  check: { label: 'Oldest check', isDescending: false, valueOf: ({ backend }) => timeOf(backend.lastCheck?.at) },
  lease: { label: 'Lease ends first', isDescending: false, valueOf: ({ backend }) => timeOf(backend.lease?.expiresAt) }
} as const satisfies Record<string, Column>

export type ColumnKey = keyof typeof columns

export interface Sort {
  readonly key: ColumnKey
  readonly isDescending: boolean
}

/** Backends that need attention come first. */
export const defaultSort: Sort = { key: 'state', isDescending: false }

/** The order after choosing a column; choosing it again reverses it. */
export function sortBy (key: ColumnKey, before: Sort): Sort {
  return { key, isDescending: key === before.key ? !before.isDescending : columns[key].isDescending }
}

function timeOf (text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text)
}

const urgency: readonly BackendState[] = ['unhealthy', 'ejected', 'probing', 'draining', 'unchecked', 'drained', 'maintenance', 'healthy']

/** An unknown state may be a bad one, so it comes first. */
function urgencyOf (state: BackendState): number {
  return urgency.indexOf(state)
}

const collator = new Intl.Collator('en', { numeric: true })

/** Stable: equal rows keep their order. */
export function sorted (rows: readonly RowModel[], { key, isDescending }: Sort): RowModel[] {
  const column: Column = columns[key]
  const direction = isDescending ? -1 : 1
  return rows.toSorted((one, other) => {
    const a = column.valueOf(one)
    const b = column.valueOf(other)
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
    return direction * (typeof a === 'string' ? collator.compare(a, String(b)) : a - Number(b))
  })
}

/** Rows in the order that is shown, new ones last: used while the pointer is over the table. */
export function held (rows: readonly RowModel[], shown: readonly string[]): RowModel[] {
  const places = new Map(shown.map((id, i) => [id, i]))
  const placeOf = ({ backend }: RowModel): number => places.get(backend.id) ?? shown.length
  return rows.toSorted((one, other) => placeOf(one) - placeOf(other))
}

/** Whether every word of the filter occurs in the backend's name, url, zone or state, or is "backup". */
export function matches ({ name, url, zone, state, backup }: Backend, filter: string): boolean {
  const text = [name, url, zone ?? '', state, wordsOfState(state).label, backup ? 'backup' : ''].join('\n').toLowerCase()
  // "healthy" also occurs in "unhealthy".
  return filter.toLowerCase().split(/\s+/).every((word) => word === 'healthy' ? state === 'healthy' : text.includes(word))
}
