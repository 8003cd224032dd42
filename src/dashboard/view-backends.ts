import type { Actions } from './actions.ts'
import { columns, defaultSort, held, matches, sortBy, sorted, type ColumnKey, type Sort } from './backend-order.ts'
import { linesOf, shownServices, type Line } from './backend-groups.ts'
import { rowsOf } from './backend-rows.ts'
import { byId, createList, make, setAttribute, setText } from './dom.ts'
import { gatewayTime, type State } from './state.ts'
import { createRow } from './view-backend-row.ts'
import { createGroupRow } from './view-group-row.ts'

/** The table of backends, filtered and sorted as chosen. */
export function createBackendsView (actions: Actions) {
  const table = byId('backends-table')
  const body = byId('backends-rows')
  const loading = byId('backends-loading')
  const empty = byId('backends-empty')
  const none = byId('backends-none')
  const noneText = byId('backends-none-text')
  const tools = byId('backends-tools')
  const found = byId('filter-found')
  const filter = byId<HTMLInputElement>('filter')
  const showLines = createList<Line>(body, keyOf, createLine)
  const showSort = createSortControls((next) => {
    sort = next
    draw(false)
  })
  let sort = defaultSort
  let shown: readonly string[] = []
  let last: State | undefined
  /** Services that the reader has opened or closed. */
  const isOpen = new Map<string, boolean>()

  byId('add').addEventListener('click', () => { actions.add() })
  filter.addEventListener('input', () => { draw(true) })
  byId('filter-clear').addEventListener('click', () => {
    filter.value = ''
    filter.focus()
    draw(true)
  })

  function createLine (line: Line) {
    if (line.kind === 'group') {
      const heading = createGroupRow(({ service, isOpen: wasOpen }) => {
        isOpen.set(service, !wasOpen)
        draw(true)
      })
      return { element: heading.element, update: (next: Line) => { if (next.kind === 'group') heading.update(next.group) } }
    }
    const row = createRow(actions)
    return { element: row.element, update: (next: Line) => { if (next.kind === 'row') row.update(next.row) } }
  }

  /**
   * Rows that move every second cannot be clicked, so the order is frozen while the pointer is over them, and everything while a
   * menu is open.
   */
  function isHeld (): boolean {
    if (body.querySelector('[aria-expanded=true]') !== null) return true
    return sort.key !== 'state' && matchMedia('(hover: hover)').matches && body.matches(':hover')
  }

  function draw (mayHold: boolean): void {
    if (last?.backends === undefined) return
    const { backends, services = [], samples } = last
    const rows = rowsOf(backends, samples, gatewayTime(last, Date.now()))
    const ordered = mayHold && isHeld() ? held(rows, shown) : sorted(rows, sort)
    const text = filter.value.trim()
    const visible = ordered.filter(({ backend }) => matches(backend, text))
    const lines = linesOf(visible, services, isOpen, text !== '')
    showLines(lines)
    shown = ordered.map(({ backend }) => backend.id)
    showSort(sort)
    table.hidden = lines.length === 0
    none.hidden = backends.length === 0 || lines.length > 0
    setText(noneText, `No backend matches “${text}”.`)
    setText(found, text === '' ? '' : `${visible.length} of ${backends.length} shown`)
  }

  return function show (state: State): void {
    last = state
    const { backends, services = [] } = state
    loading.hidden = backends !== undefined
    empty.hidden = backends === undefined || backends.length > 0 || shownServices(services).length > 1
    tools.hidden = backends === undefined || backends.length < 2
    if (backends === undefined) table.hidden = true
    draw(true)
  }
}

function keyOf (line: Line): string {
  return line.kind === 'group' ? `service ${line.group.service}` : line.row.backend.id
}

/** A button in each heading and, if the page is too narrow for headings, a sort menu. */
function createSortControls (choose: (sort: Sort) => void) {
  const list = byId<HTMLSelectElement>('sort')
  const headings = new Map<ColumnKey, HTMLElement>()
  let now = defaultSort
  for (const [name, { label }] of Object.entries(columns)) {
    const key = name as ColumnKey
    const option = make('option', { text: label })
    option.value = key
    list.append(option)
    const heading = document.querySelector<HTMLElement>(`th[data-sort=${key}]`)
    if (heading === null) throw new Error(`no heading for ${key} in index.html`)
    headings.set(key, heading)
    heading.querySelector('button')?.addEventListener('click', () => { choose(sortBy(key, now)) })
  }
  list.addEventListener('change', () => {
    const key = list.value as ColumnKey
    choose({ key, isDescending: columns[key].isDescending })
  })

  return function show (sort: Sort): void {
    now = sort
    if (list.value !== sort.key) list.value = sort.key
    for (const [key, heading] of headings) {
      if (key === sort.key) setAttribute(heading, 'aria-sort', sort.isDescending ? 'descending' : 'ascending')
      else heading.removeAttribute('aria-sort')
    }
  }
}
