import { byId, createList, make, setText } from './dom.ts'
import { milliseconds, timeOfDay } from './format.ts'
import type { Pages } from './pages.ts'
import { answerText, attemptsText, requestMatches } from './route-words.ts'
import type { State } from './state.ts'
import type { NotableRequest } from '../admin/wire.ts'

/** The page of requests that failed, were slow or were retried, as they come, newest first. */
export function createRequestsView (pages: Pages) {
  const table = byId('requests-table')
  const body = byId('requests-rows')
  const empty = byId('requests-empty')
  const found = byId('requests-found')
  const kind = byId<HTMLSelectElement>('requests-kind')
  const filter = byId<HTMLInputElement>('requests-filter')
  const showRows = createList<NotableRequest>(body, ({ number, at }) => `${number} ${at}`, createRow)
  let last: State | undefined

  /** What moves cannot be read: while the pointer is over the rows, none come. */
  function isHeld (): boolean {
    return matchMedia('(hover: hover)').matches && body.matches(':hover')
  }

  function draw (): void {
    if (last === undefined) return
    const text = filter.value.trim()
    const isKind = ({ kinds }: NotableRequest): boolean => kind.value === '' || kinds.some((each) => each === kind.value)
    const visible = last.requests.filter((request) => isKind(request) && requestMatches(request, text))
    showRows(visible.toReversed())
    table.hidden = visible.length === 0
    empty.hidden = visible.length > 0
    setText(empty, emptyText(last))
    setText(found, text === '' && kind.value === '' ? '' : `${visible.length} of ${last.requests.length} shown`)
  }

  kind.addEventListener('change', draw)
  filter.addEventListener('input', draw)
  pages.onShow(draw)

  return function show (state: State): void {
    const isNews = state.requests !== last?.requests || state.backends === undefined !== (last.backends === undefined)
    if (!isNews || (last !== undefined && isHeld())) return
    last = state
    if (pages.current === 'requests') draw()
  }
}

function emptyText ({ backends, requests }: State): string {
  if (backends === undefined) return 'Loading…'
  return requests.length === 0 ? 'None yet: every request was answered well, at once, and by the first backend.' : 'None of them matches.'
}

function quiet (text: string): HTMLElement {
  return make('span', { class: 'quiet', text })
}

function createRow (request: NotableRequest) {
  const { at, method, host, path, durationMs, service, route, requestId, kinds } = request
  const time = make('time', { class: 'quiet', title: at, text: timeOfDay(Date.parse(at), Date.now()) })
  const element = make('tr', { ...(kinds.includes('failed') && { class: 'broken' }) },
    make('td', {}, time),
    make('th', { scope: 'row' }, make('code', { text: `${method} ${host ?? ''}${path}` }), quiet(requestId)),
    make('td', { text: answerText(request) }),
    make('td', { class: 'number', text: milliseconds(durationMs) }),
    make('td', {}, make('span', { text: service ?? '–' }), quiet(route === null ? '' : `route ${route}`)),
    make('td', { text: attemptsText(request) }))
  return { element, update (): void {} }
}
