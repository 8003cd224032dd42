import type { Actions } from './actions.ts'
import { byId, createList } from './dom.ts'
import { createRow, type RowModel } from './view-backend-row.ts'
import { requestsOf } from './series.ts'
import { intendedShares, servedShares } from './shares.ts'
import { evidenceFor, type State } from './state.ts'
import { shareSeconds } from './view-rotation.ts'

const sparkSeconds = 60

/** The table of the backends. */
export function createBackendsView (actions: Actions) {
  const table = byId('backends-table')
  const loading = byId('backends-loading')
  const empty = byId('backends-empty')
  const showRows = createList<RowModel>(byId('backends-rows'), ({ backend }) => backend.id, () => createRow(actions))
  byId('add').addEventListener('click', () => { actions.add() })

  return function show (state: State): void {
    const { backends, samples, skewMs } = state
    loading.hidden = backends !== undefined
    empty.hidden = backends === undefined || backends.length > 0
    table.hidden = backends === undefined || backends.length === 0
    if (backends === undefined) return

    const served = servedShares(samples.slice(-shareSeconds))
    const intended = intendedShares(backends)
    const recent = samples.slice(-sparkSeconds)
    const series = backends.map(({ id }) => requestsOf(recent, id, sparkSeconds))
    const most = Math.max(1, ...series.flat())
    showRows(backends.map((backend, i): RowModel => ({
      backend,
      intended: intended.get(backend.id) ?? 0,
      served: served.size === 0 ? undefined : served.get(backend.id) ?? 0,
      requests: series[i] ?? [],
      mostRequests: most,
      sparkSeconds,
      evidence: evidenceFor(state, backend),
      now: Date.now() + skewMs
    })))
  }
}
