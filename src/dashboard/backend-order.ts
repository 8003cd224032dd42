// Which backends the table shows, and in which order. Pure.
import type { Backend, BackendState } from '../admin/wire.ts'
import type { RowModel } from './backend-rows.ts'
import { wordsOfState } from './words.ts'

interface Column {
  /** In the list of orders, where there are no headings: what comes first. */
  readonly label: string
  /** Whether the order begins with the greatest when this column is chosen. */
  readonly isDescending: boolean
  /** Undefined where there is nothing to compare: such rows come last either way. */
  valueOf (row: RowModel): number | string | undefined
}

/** The columns that rows can be sorted by, in the order of index.html. */
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

/** What needs somebody's attention is at the top. */
export const defaultSort: Sort = { key: 'state', isDescending: false }

/** The order after a column was chosen: once more turns it round. */
export function sortBy (key: ColumnKey, before: Sort): Sort {
  return { key, isDescending: key === before.key ? !before.isDescending : columns[key].isDescending }
}

function timeOf (text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text)
}

const urgency: readonly BackendState[] = ['unhealthy', 'ejected', 'probing', 'draining', 'unchecked', 'drained', 'maintenance', 'healthy']

/** A state this page does not know may be a bad one. */
function urgencyOf (state: BackendState): number {
  return urgency.indexOf(state)
}

const collator = new Intl.Collator('en', { numeric: true })

/** Rows that are equal stay in the order in which they are. */
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

/** Rows in the order of the ids that are shown, with new ones at the end: for as long as somebody points at one of them. */
export function held (rows: readonly RowModel[], shown: readonly string[]): RowModel[] {
  const places = new Map(shown.map((id, i) => [id, i]))
  const placeOf = ({ backend }: RowModel): number => places.get(backend.id) ?? shown.length
  return rows.toSorted((one, other) => placeOf(one) - placeOf(other))
}

/** Whether all words of the filter are in what is said of the backend: its name, url, zone and state, or "backup". */
export function matches ({ name, url, zone, state, backup }: Backend, filter: string): boolean {
  const text = [name, url, zone ?? '', state, wordsOfState(state).label, backup ? 'backup' : ''].join('\n').toLowerCase()
  // "healthy" is in "unhealthy" too.
  return filter.toLowerCase().split(/\s+/).every((word) => word === 'healthy' ? state === 'healthy' : text.includes(word))
}
